"""Speed against quality of the diffusion lane over steps, rules and noise, compared with the AR lane.

plans -> runs -> points -> table, plot and JSON.
"""
