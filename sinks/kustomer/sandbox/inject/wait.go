package inject

import "time"

// Wait lets a time pass. It returns early when a client gives up, or the sandbox is closed.
func Wait(client, closed <-chan struct{}, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-client:
	case <-closed:
	}
}
