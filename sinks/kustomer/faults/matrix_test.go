package faults

import "slices"

// scenarios are the matrix of reliability.md 5.2, in its order.
var scenarios = slices.Concat(lostAnswers, batches, deliveries, edits, disks, damages, kills, power, refusals, servers, networks, pace, secrets, attacks, corpora)
