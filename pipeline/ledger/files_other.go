//go:build !unix

package ledger

// noFollow is nothing where the system cannot refuse links; checkFiles looks before.
const noFollow = 0

// syncDir does nothing: folders cannot be synced here, and names are durable without it.
func syncDir(string) error { return nil }
