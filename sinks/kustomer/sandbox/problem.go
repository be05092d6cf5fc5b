package sandbox

import (
	"net/http"
)

// Error codes as seen or, for the last four, invented (kustomer-api.md 3.1, 3.3).
const (
	codeBadParam = "badparam"
	codeNotFound = "notfound"
	codeAuth     = "unauthorized"
	codeRole     = "forbidden"
	codeConflict = "conflict"
	codeTooMany  = "toomanyrequests"
	codeTooLarge = "toolarge"
	codeInternal = "internal"
)

// codesB spells the codes as the shape of the portal does.
var codesB = map[string]string{
	codeBadParam: "bad_request",
	codeNotFound: "not_found",
	codeTooMany:  "too_many_requests",
	codeTooLarge: "payload_too_large",
	codeInternal: "internal_error",
}

const jsonType = "application/json; charset=utf-8"

// problem is one error of an answer.
type problem struct {
	code, title, detail string
	parameter           string // the field that is wrong; may be empty
	pointer             string // where it is in a list of items; may be empty
	inBulk              string // what the results of a bulk job call it; empty: title
}

// answer is what a request came to.
type answer struct {
	status   int
	body     []byte    // JSON; empty for 204, and for an item of a bulk job
	record   *record   // what was written, if one object was
	problems []problem // of a refusal
}

// refuse makes an error answer in the shape that the options ask for.
func (s *Server) refuse(status int, problems ...problem) answer {
	list := make([]any, len(problems))
	for i, p := range problems {
		if s.opts.ErrorShape == ShapeB {
			list[i] = p.shapeB()
		} else {
			list[i] = p.shapeA(status)
		}
	}
	return answer{status: status, body: appendJSON(nil, document{"errors": list}), problems: problems}
}

func (p problem) shapeA(status int) document {
	d := document{"status": status, "code": p.code, "title": p.title}
	if p.detail != "" {
		d["detail"] = p.detail
	}
	source := document{}
	if p.parameter != "" {
		source["parameter"] = p.parameter
	}
	if p.pointer != "" {
		source["pointer"] = p.pointer
	}
	if len(source) > 0 {
		d["source"] = source
	}
	return d
}

func (p problem) shapeB() document {
	code := codesB[p.code]
	if code == "" {
		code = p.code
	}
	message := p.title
	if p.parameter != "" {
		message = p.parameter + ": " + message
	}
	meta := document{}
	if p.detail != "" {
		meta["detail"] = p.detail
	}
	if p.pointer != "" {
		meta["pointer"] = p.pointer
	}
	return document{"code": code, "message": message, "meta": meta}
}

// notFound is the answer for an unknown id, route or look-up value (kustomer-api.md 3.1).
func (s *Server) notFound(parameter string) answer {
	return s.refuse(http.StatusNotFound, problem{code: codeNotFound, title: "Not Found", parameter: parameter})
}

// badParam is a 400 for one field.
func (s *Server) badParam(parameter, title, detail string) answer {
	return s.refuse(http.StatusBadRequest, problem{code: codeBadParam, title: title, detail: detail, parameter: parameter})
}

// duplicate refuses a value that another object has (kustomer-api.md 17.5: the body is invented).
func (s *Server) duplicate(parameter string) answer {
	code := codeConflict
	if s.opts.DuplicateStatus == http.StatusBadRequest {
		code = codeBadParam
	}
	return s.refuse(s.opts.DuplicateStatus, problem{
		code: code, title: "Duplicate value: " + parameter + " is in use by another object", parameter: parameter,
		inBulk: "duplicate detected", // (kustomer-api.md 10)
	})
}
