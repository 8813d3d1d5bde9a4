"""Signals of the body: heartbeat as electricity and as light, and glucose, of people who do not exist.

Numbers were compared with a copy of their source for: the waves of the ECG (the authors' ecgsyn.m, as in
zhaohanxiong/UoA_ABI, Research_Project_ECG/NST_CRN/ECG_Synth/ecgsyn.m, lines 13 to 21), the glucose model
and its subjects (KeAWang/differentiable_t1d), the peak after meals (abstract of Daenen et al. 2010) and the
error of glucose sensors (Breton and Kovatchev, in Glucose Monitoring Devices, 2020, equation 12.7). All other
papers are quoted from memory: their numbers are `estimate`.
"""
