"""python -m tests.bots.systems.django_kyufu DATABASE PORT: make the site and serve it."""

from __future__ import annotations

import sys

import django
from django.conf import settings

DATABASE, PORT = sys.argv[1:]

settings.configure(
    DEBUG=True,
    SECRET_KEY="only-for-tests",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="tests.bots.systems.django_kyufu.urls",
    LANGUAGE_CODE="ja",
    USE_TZ=True,
    STATIC_URL="/static/",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE}},
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
        "django.contrib.messages", "django.contrib.staticfiles", "tests.bots.systems.django_kyufu",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
        "OPTIONS": {"context_processors": [
            "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]},
    }],
)  # fmt: skip
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402

from tests.bots.systems.django_kyufu.models import Person  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0)
User.objects.create_superuser("bot", password="himitsu-no-kotoba")
for number, name in (("10000001", "佐藤　花子"), ("10000002", "佐藤　花")):
    Person.objects.create(number=number, name=name)
call_command("runserver", f"127.0.0.1:{PORT}", use_reloader=False, verbosity=0)
