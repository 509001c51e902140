"""Pure: values become Block Kit, forms and fixed sentences."""
