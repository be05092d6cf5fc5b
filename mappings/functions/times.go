package functions

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/dates"
	"github.com/kustsync/kustsync/mappings/values"
)

func timeFunctions() []Function {
	const g = "time"
	return []Function{
		{"date", g, `date ["LAYOUT"] A`,
			`The time that a text names, by a Go layout, a strftime layout, "unix" or "unixms"; without ` +
				`one by RFC 3339 and the common ISO forms. Without an offset it is in the run's time zone. ` +
				`What does not exist, or exists twice when clocks go back, rejects the row; "" gives "".`,
			`{{ date "01/02/2006" "12/31/2025" }}`, "2025-12-31T00:00:00.000Z", bindDate},
		{"formatDate", g, `formatDate "LAYOUT" A`,
			"A time as text, in the run's time zone, by a Go or a strftime layout.",
			`{{ formatDate "%d.%m.%Y" (date "2025-12-31") }}`, "31.12.2025", bindFormatDate},
		{"dateModify", g, `dateModify "DURATION" A`,
			`A time moved by "90m", "-1.5h", ...`,
			`{{ dateModify "-1h" (date "2025-12-31") }}`, "2025-12-30T23:00:00.000Z", bindDateModify},
		{"addDays", g, `addDays N A`,
			"A time moved by days of the calendar.",
			`{{ addDays 1 (date "2025-12-31") }}`, "2026-01-01T00:00:00.000Z", bindAddDays},
		{"unix", g, `unix A`,
			"The seconds since 1970 of a time.",
			`{{ unix (date "2025-12-31") }}`, "1767139200", bindUnix},
	}
}

func bindDate(c *mappings.Call) mappings.Func {
	zone := c.Options().Zone()
	read := func(text string) (time.Time, error) { return dates.ReadISO(text, zone) }
	number := false
	if layout, ok := c.Text(0); ok && c.Args() == 2 {
		var err error
		if read, number, err = layoutReader(layout, zone); err != nil {
			return c.Refuse(0, err.Error(), `write a Go layout ("2006-01-02 15:04"), a strftime layout ("%Y-%m-%d %H:%M"), "unix" or "unixms"`)
		}
	}
	return func(_ *mappings.Frame, args []any) (any, error) {
		v := args[len(args)-1]
		if t, ok := v.(time.Time); ok {
			return t, nil
		}
		if values.IsNumber(v) && !number {
			return nil, &values.Error{Message: `a number is no date; if it counts seconds since 1970 write date "unix"`, Value: values.Shown(v)}
		}
		text, err := values.Text(v)
		if err != nil {
			return nil, err
		}
		if text = strings.TrimSpace(text); text == "" {
			return "", nil
		}
		return read(text)
	}
}

// layoutReader returns a function that reads dates by a layout; number reports that these are counts of seconds.
func layoutReader(layout string, zone *time.Location) (read func(string) (time.Time, error), number bool, err error) {
	switch layout {
	case "unix":
		return func(s string) (time.Time, error) { return dates.ReadUnix(s, 1) }, true, nil
	case "unixms":
		return func(s string) (time.Time, error) { return dates.ReadUnix(s, 1000) }, true, nil
	}
	l, err := dates.ParseLayout(layout)
	if err != nil {
		return nil, false, err
	}
	if err := l.NamesDay(); err != nil {
		return nil, false, err
	}
	return func(s string) (time.Time, error) { return l.Read(s, zone) }, false, nil
}

// asTime returns a value as a time; text is read as date reads it.
func asTime(v any, zone *time.Location) (time.Time, error) {
	if t, ok := v.(time.Time); ok {
		return t, nil
	}
	if values.IsNumber(v) {
		return time.Time{}, errors.New("wants a time, got a number; make one with date")
	}
	text, err := values.Text(v)
	if err != nil {
		return time.Time{}, err
	}
	return dates.ReadISO(strings.TrimSpace(text), zone)
}

func bindFormatDate(c *mappings.Call) mappings.Func {
	text, _ := c.Text(0)
	l, err := dates.ParseLayout(text)
	if err != nil {
		return c.Refuse(0, err.Error(), `write a Go layout ("Jan 2, 2006") or a strftime layout ("%d.%m.%Y")`)
	}
	zone := c.Options().Zone()
	return onTime(c, 1, func(t time.Time, _ []any) (any, error) {
		return l.Write(t.In(zone)), nil
	})
}

func bindDateModify(c *mappings.Call) mappings.Func {
	text, _ := c.Text(0)
	d, err := time.ParseDuration(text)
	if err != nil {
		return c.Refuse(0, "not a duration", `write "90m", "-1.5h" or "36h30m"; addDays moves by days`)
	}
	return onTime(c, 1, func(t time.Time, _ []any) (any, error) { return checkYear(t.Add(d)) })
}

func bindAddDays(c *mappings.Call) mappings.Func {
	zone := c.Options().Zone()
	return onTime(c, 1, func(t time.Time, args []any) (any, error) {
		days, err := values.Int(args[0])
		if err != nil {
			return nil, err
		}
		if days < -4_000_000 || days > 4_000_000 {
			return nil, errors.New("moves the time out of the years 1 to 9999")
		}
		return checkYear(t.In(zone).AddDate(0, 0, days))
	})
}

func bindUnix(c *mappings.Call) mappings.Func {
	return onTime(c, 0, func(t time.Time, _ []any) (any, error) { return t.Unix(), nil })
}

// onTime returns a function whose argument number arg is a time. An empty argument gives "".
func onTime(c *mappings.Call, arg int, fn func(time.Time, []any) (any, error)) mappings.Func {
	zone := c.Options().Zone()
	return func(_ *mappings.Frame, args []any) (any, error) {
		if values.IsEmpty(args[arg]) {
			return "", nil
		}
		t, err := asTime(args[arg], zone)
		if err != nil {
			return nil, err
		}
		return fn(t, args)
	}
}

// checkYear refuses a time outside of the years 1 to 9999.
func checkYear(t time.Time) (any, error) {
	if !dates.InRange(t) {
		return nil, fmt.Errorf("gives the year %d, which is not between 1 and 9999", t.Year())
	}
	return t, nil
}
