"""Finding cases again: by reference, person, agency and words, in an order that means urgency; and searches kept."""
