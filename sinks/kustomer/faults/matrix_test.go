package faults

import "slices"

// scenarios are the matrix of reliability.md 5.2, in its order, and T01 to T10: Kustomer is not as the ledger says.
var scenarios = slices.Concat(lostAnswers, batches, deliveries, edits, disks, damages, kills, power, refusals, servers, networks, pace, secrets, attacks, corpora, truths, changedBetween, hostile)
