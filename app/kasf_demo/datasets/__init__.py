"""Raw files of the field's data sets as clips with ground truth."""
