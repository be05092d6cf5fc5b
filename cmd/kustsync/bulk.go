package main

import (
	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// bulkOf says whether rows may travel in batches. A key that cannot read the results of bulk jobs sends
// one by one, unless the user insists.
func (a *app) bulkOf(plan *pipeline.Plan, s *session) pipeline.Bulk {
	mode := pipeline.Bulk(plan.File.Run.Bulk.Value)
	reading := sinks.Spec{Name: "bulk", Roles: []sinks.Role{kustomer.BulkRole()}}
	if mode != pipeline.BulkAuto || len(s.who.Roles) == 0 || len(kustomer.MissingRoles([]sinks.Spec{reading}, s.who.Roles)) == 0 {
		return mode
	}
	a.chat("loading one object a request: the key lacks the role org.permission.bulk.read")
	return pipeline.BulkNever
}

// rate is how many requests a second the run may send; 0 when Kustomer names no limit.
func (s *session) rate(plan *pipeline.Plan) float64 {
	return float64(s.client.Stats().Limit) * plan.File.Kustomer.Budget / 60
}
