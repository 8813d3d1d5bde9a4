"""How bodies move, and what a sensor fixed to them feels: everyday motion, gestures, falls, heads, car seats.

Everything is a closed form of time: angles with exact derivatives (`jets`), accelerations whose impulses
balance (`pulses`), irregularity as sums of sines (`wander`). `pose.feel` turns a pose into acceleration and
angular rate.

Numbers were compared with their source for: how fast and how long people fall (abstract of Choi, Wakeling and
Robinovitch 2015), how fast a falling trunk turns (abstract of Bourke and Lyons 2008) and how rough roads are
(abstract of Múčka 2018). All other papers, standards and tables are quoted from memory: their numbers are
`estimate`.
"""
