"""What a form is: the schema of ``form.yaml``, its loader and its authoring; one folder per form."""
