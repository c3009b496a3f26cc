"""Lengths of limb segments as fractions of stature.

Drillis and Contini (1966), as in Winter, Biomechanics and Motor Control of Human Movement, 4th ed., fig. 4.1.
"""

THIGH, SHANK, UPPER_ARM, FOREARM = 0.245, 0.246, 0.186, 0.146
