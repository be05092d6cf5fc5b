package mappings

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// zone is the time zone of a run's dates.
func (o *Options) zone() *time.Location {
	if o.Location == nil {
		return time.UTC
	}
	return o.Location
}

func bindDate(s *site) impl {
	zone := s.c.opts.zone()
	parse := func(text string) (time.Time, error) { return parseISO(text, zone) }
	number := false
	if layout, ok := s.text(0); ok && len(s.args) == 2 {
		read, isNumber, err := layoutParser(layout, zone)
		if err != nil {
			return s.fault(0, err.Error(), `write a Go layout ("2006-01-02 15:04"), a strftime layout ("%Y-%m-%d %H:%M"), "unix" or "unixms"`)
		}
		parse, number = read, isNumber
	}
	return func(_ *frame, args []any) (any, error) {
		v := args[len(args)-1]
		if t, ok := v.(time.Time); ok {
			return t, nil
		}
		if isNumber(v) && !number {
			return nil, &ValueError{Message: `a number is no date; if it counts seconds since 1970 write date "unix"`, Value: shown(v)}
		}
		text, err := asText(v)
		if err != nil {
			return nil, err
		}
		if text = strings.TrimSpace(text); text == "" {
			return "", nil
		}
		return parse(text)
	}
}

// layoutParser makes a parser of a layout; number says that it reads a count of seconds.
func layoutParser(layout string, zone *time.Location) (parse func(string) (time.Time, error), number bool, err error) {
	switch layout {
	case "unix":
		return func(s string) (time.Time, error) { return parseUnix(s, 1) }, true, nil
	case "unixms":
		return func(s string) (time.Time, error) { return parseUnix(s, 1000) }, true, nil
	}
	l, err := compileLayout(layout)
	if err != nil {
		return nil, false, err
	}
	if err := l.namesDay(); err != nil {
		return nil, false, err
	}
	return func(s string) (time.Time, error) { return l.parse(s, zone) }, false, nil
}

// parseUnix reads seconds since 1970, or parts of a second, to the nanosecond.
func parseUnix(s string, perSecond int64) (time.Time, error) {
	r, err := parseRat(s)
	if err != nil {
		return time.Time{}, &ValueError{Message: "not a count of seconds since 1970", Value: s}
	}
	nanos := floorRat(r.Mul(r, big.NewRat(int64(time.Second)/perSecond, 1)))
	seconds, rest := new(big.Int).DivMod(nanos.Num(), big.NewInt(int64(time.Second)), new(big.Int))
	if !seconds.IsInt64() || !inRange(seconds.Int64()) {
		return time.Time{}, &ValueError{Message: `the year is not between 1 and 9999; for milliseconds write date "unixms"`, Value: s}
	}
	return time.Unix(seconds.Int64(), rest.Int64()).UTC(), nil
}

// inRange keeps times within the years that ISO 8601 writes with four digits.
func inRange(unix int64) bool {
	const first, last = -62135596800, 253402300799
	return unix >= first && unix <= last
}

// asTime gives a value to a function that wants a time; text is read as date reads it.
func asTime(v any, zone *time.Location) (time.Time, error) {
	if t, ok := v.(time.Time); ok {
		return t, nil
	}
	if isNumber(v) {
		return time.Time{}, errors.New("wants a time, got a number; make one with date")
	}
	text, err := asText(v)
	if err != nil {
		return time.Time{}, err
	}
	return parseISO(strings.TrimSpace(text), zone)
}

func bindFormatDate(s *site) impl {
	text, _ := s.text(0)
	l, err := compileLayout(text)
	if err != nil {
		return s.fault(0, err.Error(), `write a Go layout ("Jan 2, 2006") or a strftime layout ("%d.%m.%Y")`)
	}
	zone := s.c.opts.zone()
	return onTime(s, 1, func(t time.Time, _ []any) (any, error) {
		return t.In(zone).Format(l.layout), nil
	})
}

func bindDateModify(s *site) impl {
	text, _ := s.text(0)
	d, err := time.ParseDuration(text)
	if err != nil {
		return s.fault(0, "not a duration", `write "90m", "-1.5h" or "36h30m"; addDays moves by days`)
	}
	return onTime(s, 1, func(t time.Time, _ []any) (any, error) { return checkYear(t.Add(d)) })
}

func bindAddDays(s *site) impl {
	zone := s.c.opts.zone()
	return onTime(s, 1, func(t time.Time, args []any) (any, error) {
		days, err := asInt(args[0])
		if err != nil {
			return nil, err
		}
		if days < -4_000_000 || days > 4_000_000 {
			return nil, errors.New("moves the time out of the years 1 to 9999")
		}
		return checkYear(t.In(zone).AddDate(0, 0, days))
	})
}

func bindUnix(s *site) impl {
	return onTime(s, 0, func(t time.Time, _ []any) (any, error) { return t.Unix(), nil })
}

// onTime makes a function whose argument number arg is a time; an empty one stays empty.
func onTime(s *site, arg int, fn func(time.Time, []any) (any, error)) impl {
	zone := s.c.opts.zone()
	return func(_ *frame, args []any) (any, error) {
		if isEmpty(args[arg]) {
			return "", nil
		}
		t, err := asTime(args[arg], zone)
		if err != nil {
			return nil, err
		}
		return fn(t, args)
	}
}

func checkYear(t time.Time) (any, error) {
	if !inRange(t.Unix()) {
		return nil, fmt.Errorf("gives the year %d, which is not between 1 and 9999", t.Year())
	}
	return t, nil
}
