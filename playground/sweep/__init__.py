"""Speed against quality of the diffusion lane over steps, rules and noise, beside the AR lane.

plans -> runs -> points -> table, plot and JSON.
"""
