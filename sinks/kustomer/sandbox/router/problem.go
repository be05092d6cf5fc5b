package router

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Error codes as seen or, for the last four, invented (kustomer-api.md 3.1, 3.3).
const (
	CodeBadParam = "badparam"
	CodeNotFound = "notfound"
	CodeAuth     = "unauthorized"
	CodeRole     = "forbidden"
	CodeConflict = "conflict"
	CodeTooMany  = "toomanyrequests"
	CodeTooLarge = "toolarge"
	CodeInternal = "internal"
)

// codesB spells the codes as the shape of the portal does.
var codesB = map[string]string{
	CodeBadParam: "bad_request",
	CodeNotFound: "not_found",
	CodeTooMany:  "too_many_requests",
	CodeTooLarge: "payload_too_large",
	CodeInternal: "internal_error",
}

// Problem is one error of an answer.
type Problem struct {
	Code, Title, Detail string
	Parameter           string // the field that is wrong; may be empty
	Pointer             string // where it is in a list of items; may be empty
	InBulk              string // what the results of a bulk job call it; empty: Title
}

// ShapeA is the problem as an answer with this status shows it, and the results of a bulk job.
func (p Problem) ShapeA(status int) wire.Document {
	d := wire.Document{"status": status, "code": p.Code, "title": p.Title}
	if p.Detail != "" {
		d["detail"] = p.Detail
	}
	source := wire.Document{}
	if p.Parameter != "" {
		source["parameter"] = p.Parameter
	}
	if p.Pointer != "" {
		source["pointer"] = p.Pointer
	}
	if len(source) > 0 {
		d["source"] = source
	}
	return d
}

func (p Problem) shapeB() wire.Document {
	code := codesB[p.Code]
	if code == "" {
		code = p.Code
	}
	message := p.Title
	if p.Parameter != "" {
		message = p.Parameter + ": " + message
	}
	meta := wire.Document{}
	if p.Detail != "" {
		meta["detail"] = p.Detail
	}
	if p.Pointer != "" {
		meta["pointer"] = p.Pointer
	}
	return wire.Document{"code": code, "message": message, "meta": meta}
}

// ErrorShape is the form of an error answer (kustomer-api.md 3.1).
type ErrorShape string

// The two shapes of an error answer.
const (
	ShapeA ErrorShape = "A" // status, code, title, detail, source (the default)
	ShapeB ErrorShape = "B" // code, message, meta
)

// NameItems says how a 400 of a bulk request tells which item is wrong; what Kustomer does is not known.
type NameItems string

// How an item is named.
const (
	NameByPointer   NameItems = "pointer"   // the default: source.pointer is a JSON pointer such as /3/name
	NameByParameter NameItems = "parameter" // as tv4: source.parameter is the last step alone, a number when the item as such is wrong
	NameNothing     NameItems = "nothing"   // no source
)

// Errors makes error answers.
type Errors struct {
	Shape           ErrorShape
	DuplicateStatus int // of a refused duplicate
	NameItems       NameItems
}

// Refuse makes an error answer of one or more problems.
func (e Errors) Refuse(status int, problems ...Problem) Answer {
	list := make([]any, len(problems))
	for i, p := range problems {
		if e.Shape == ShapeB {
			list[i] = p.shapeB()
		} else {
			list[i] = p.ShapeA(status)
		}
	}
	return Answer{Status: status, Body: wire.JSON(wire.Document{"errors": list}), Problems: problems}
}

// NotFound is the answer for an unknown id, route or look-up value (kustomer-api.md 3.1).
func (e Errors) NotFound(parameter string) Answer {
	return e.Refuse(http.StatusNotFound, Problem{Code: CodeNotFound, Title: "Not Found", Parameter: parameter})
}

// BadParam is a 400 for one field.
func (e Errors) BadParam(parameter, title, detail string) Answer {
	return e.Refuse(http.StatusBadRequest, Problem{Code: CodeBadParam, Title: title, Detail: detail, Parameter: parameter})
}

// TooMany is a 429; the detail says which limit was exceeded.
func (e Errors) TooMany(detail string) Answer {
	return e.Refuse(http.StatusTooManyRequests, Problem{Code: CodeTooMany, Title: "Too Many Requests", Detail: detail})
}

// Broken is the answer when the sandbox cannot keep its data.
func (e Errors) Broken(err error) Answer {
	return e.Refuse(http.StatusInternalServerError, Problem{Code: CodeInternal, Title: "The sandbox cannot keep its data", Detail: err.Error()})
}

// Duplicate refuses a value that another object has (kustomer-api.md 17.5: the body is invented).
func (e Errors) Duplicate(parameter string) Answer {
	code := CodeConflict
	if e.DuplicateStatus == http.StatusBadRequest {
		code = CodeBadParam
	}
	return e.Refuse(e.DuplicateStatus, Problem{
		Code: code, Title: "Duplicate value: " + parameter + " is in use by another object", Parameter: parameter,
		InBulk: "duplicate detected", // (kustomer-api.md 10)
	})
}

// Invalid is the 400 for a body that breaks its schema. The pointer to a mistake is shown for bulk requests alone,
// and there as NameItems says.
func (e Errors) Invalid(bulk bool, mistakes ...schema.Mistake) Answer {
	problems := make([]Problem, len(mistakes))
	for i, m := range mistakes {
		problems[i] = Problem{Code: CodeBadParam, Title: m.Title, Detail: m.Detail, Parameter: m.Parameter}
		if bulk && e.NameItems == NameByPointer {
			problems[i].Pointer = m.Pointer
		}
		if bulk && e.NameItems == NameNothing {
			problems[i].Parameter = ""
		}
	}
	return e.Refuse(http.StatusBadRequest, problems...)
}
