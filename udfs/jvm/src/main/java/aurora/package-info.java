/**
 * The part of the risk job that sees every single event: {@link aurora.CombineEvents} reads it, or makes a dead letter of
 * it, and folds the events of one key into one row for Python. The row's layout is described by its reader,
 * {@code udfs/combined.py}.
 */
package aurora;
