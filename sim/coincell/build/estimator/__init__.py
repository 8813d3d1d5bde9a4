"""Trees, forests, linear models and small networks of scikit-learn as C in integers.

`scikit` turns a fitted estimator into a description; `description` is the JSON that is committed; `code`
makes one C file and a header of it; `reference` computes in Python what that C computes, to the bit;
`agreement` compares that with scikit-learn's own predictions.
"""
