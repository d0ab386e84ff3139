"""What every stage of reading stands on: plain data, errors, reasons, alphabets, engines, ink."""
