package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/probe"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// startSandbox serves the built-in Kustomer on loopback until the session is closed, and returns its key. Its data
// is in the folder of the target, beside the ledger.
func (s *session) startSandbox(like *probe.Answers, seed string) (string, error) {
	objects, err := readSeed(seed)
	if err != nil {
		return "", err
	}
	opts := sandbox.Options{Dir: filepath.Join(s.dir, "data"), Objects: objects}
	behaveLike(&opts, like)
	server, err := sandbox.New(opts)
	if badSeed := new(sandbox.SeedError); errors.As(err, &badSeed) {
		return "", seedError(seed, badSeed)
	}
	if err != nil {
		return "", environment("remove the folder to begin anew", "opening the sandbox: %v", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", environment("", "starting the sandbox: %v", errors.Join(err, server.Close()))
	}
	s.baseURL = "http://" + listener.Addr().String()
	s.closers = append(s.closers, serve(sandbox.Guard(server), listener), server.Close) // the last runs first: it ends requests that the sandbox holds
	return server.Token(), nil
}

// serve answers requests until the function that it returns is called.
func serve(h http.Handler, l net.Listener) (stop func() error) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			return errors.Join(server.Close(), ignoreClosed(<-done))
		}
		return ignoreClosed(<-done)
	}
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
