"""How dates and times are written wherever a person reads them, after FORMAT_MODULE_PATH; times with their zone."""

DATE_FORMAT = "M j, Y"
DATETIME_FORMAT = "M j, Y, g:i A T"
TIME_FORMAT = "g:i A T"
