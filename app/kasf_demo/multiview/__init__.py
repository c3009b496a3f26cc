"""Several static cameras that film the same people: clocks, cameras and joints from the people themselves. numpy and
scipy only."""
