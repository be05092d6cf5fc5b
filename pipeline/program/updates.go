package program

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
)

// bindUpdates binds what a step says of its updates: which fields they leave alone.
func (b *binder) bindUpdates(s *Step) {
	cfg := s.Config
	s.NeverOverwrite = b.fieldNames(s, "never_overwrite", cfg.NeverOverwrite)
	s.SetIfEmpty = b.fieldNames(s, "set_if_empty", cfg.SetIfEmpty)
	for _, key := range [...]string{"never_overwrite", "set_if_empty"} {
		pos, given := cfg.Given(key)
		switch {
		case !given:
		case s.Changes() && key == "never_overwrite":
			b.report(pos, s.Spec.Name+" makes nothing, so that these fields would never be sent", "leave them out of the mapping")
		case s.Spec.Kind == sinks.Acts || s.Spec.Kind == sinks.Makes && s.Spec.Update == nil:
			b.report(pos, fmt.Sprintf("%s updates nothing", s.Spec.Name), "leave "+key+" out")
		case !s.Updates():
			b.warn(pos, key+" is for updates, and this step makes none", "add if_exists: update, or leave it out")
		}
	}
	b.bindCompany(s)
}

// bindCompany sets aside what an update must carry, where the step says so.
func (b *binder) bindCompany(s *Step) {
	pos, given := s.Config.Given("preserve_company")
	if given && len(s.Spec.Preserve) == 0 {
		b.report(pos, s.Spec.Name+" changes nobody's company", "leave preserve_company out")
	}
	if !s.Config.PreserveCompany && len(s.Spec.Preserve) > 0 {
		spec := *s.Spec
		spec.Preserve = nil
		s.Spec = &spec
	}
}

// fieldNames checks the names of fields below a key of a step, and returns them as payloads spell them: an alias is
// replaced by the field's name.
func (b *binder) fieldNames(s *Step, key string, names []config.String) map[string]bool {
	if len(names) == 0 {
		return nil
	}
	fields := map[string]bool{}
	for _, n := range names {
		name, member, inside := strings.Cut(n.Value, ".")
		field, ok := s.Spec.Field(name)
		switch {
		case !ok:
			b.report(n.Pos, fmt.Sprintf("%s names %q, which is no field of %s", key, n.Value, s.Spec.Name), nearestField(s.Spec, name))
		case inside && field.Type != sinks.Custom:
			b.report(n.Pos, fmt.Sprintf("%s names a part of %s, which is sent as a whole", key, field.Name), "write "+field.Name)
		case inside:
			fields[field.Name+"."+member] = true
			b.warnUnmapped(s, key, n, member)
		default:
			fields[field.Name] = true
			b.warnUnmapped(s, key, n, "")
		}
	}
	return fields
}

// warnUnmapped warns of a name that stands for nothing in an update, since the mapping does not fill it. member is
// the attribute of a custom object that the name has behind its dot, or "".
func (b *binder) warnUnmapped(s *Step, key string, name config.String, member string) {
	field, _, _ := strings.Cut(name.Value, ".")
	node, mapped := fieldOf(&s.Config.Mapping, s.Spec, field)
	switch {
	case field == s.Spec.ExternalID: // the key fills it
		return
	case !mapped:
	case member == "" || node.Kind != mappings.Map: // which members a template gives is not known
		return
	default:
		mapped = slices.ContainsFunc(node.Fields, func(f mappings.Field) bool { return f.Name == member })
	}
	if !mapped {
		b.warn(name.Pos, fmt.Sprintf("%s names %s, which the mapping does not fill", key, name.Value), "map it, or leave it out of "+key)
	}
}

func nearestField(spec *sinks.Spec, name string) string {
	var names []string
	for _, f := range spec.Fields {
		names = append(append(names, f.Name), f.Aliases...)
	}
	if near, ok := config.Nearest(name, names); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "see `kustsync sinks " + spec.Name + "` for those there are"
}
