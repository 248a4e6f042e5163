// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import (
	"cmp"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	defaultWidth = 80
	minWidth     = 40
	maxLeft      = 30 // columns of options and their values; longer ones have their words on the next line
)

// Help returns the text that --help shows, as wide as the environment's COLUMNS says, or else 80 columns.
func (o *Options) Help() string {
	width := defaultWidth
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		width = max(n, minWidth)
	}
	h := helper{width: width}
	h.paragraph("Usage: "+o.Synopsis(), "       ")
	if o.Short != "" {
		h.b.WriteByte('\n')
		h.paragraph(sentence(o.Short), "")
	}
	if len(o.args) > 0 {
		h.heading("Arguments")
		var rows [][2]string
		for _, a := range o.args {
			rows = append(rows, [2]string{a.Name, a.Doc})
		}
		h.table(rows)
	}
	o.helpOptions(&h)
	if o.Inherit && o.parent != nil {
		h.paragraph("\nThe options of "+o.parent.Name+" may stand here too: see \""+o.parent.Name+" --help\".", "")
	}
	o.helpCommands(&h)
	if o.Long != "" {
		h.b.WriteByte('\n')
		h.text(o.Long)
	}
	if o.Example != "" {
		h.heading("Examples")
		for line := range strings.Lines(strings.Trim(o.Example, "\n")) {
			h.b.WriteString("  " + strings.TrimSpace(line) + "\n")
		}
	}
	o.helpSources(&h)
	return h.b.String()
}

// Synopsis returns what the line after "Usage:" says.
func (o *Options) Synopsis() string {
	s := o.Name + " [options]"
	if o.hasCommands() && len(o.args) == 0 {
		s += " COMMAND ..."
	}
	for _, a := range o.args {
		name := a.Name
		if a.Max != 1 {
			name += "..."
		}
		if a.Min == 0 {
			name = "[" + name + "]"
		}
		s += " " + name
	}
	return s
}

func (o *Options) helpOptions(h *helper) {
	headings := []string{""}
	options := map[string][]*Option{}
	for _, opt := range o.all() {
		if opt.Hidden {
			continue
		}
		if options[opt.Group] == nil && opt.Group != "" {
			headings = append(headings, opt.Group)
		}
		options[opt.Group] = append(options[opt.Group], opt)
	}
	for _, name := range headings {
		h.heading(cmp.Or(name, "Options"))
		h.table(optionRows(options[name]))
	}
}

func (o *Options) helpCommands(h *helper) {
	var groups []string
	rows := map[string][][2]string{}
	for c := range o.Commands() {
		if c.Hidden {
			continue
		}
		group := c.Group
		if group == "" {
			group = "Commands"
		}
		if rows[group] == nil {
			groups = append(groups, group)
		}
		name := c.Name
		if c.Alias != "" {
			name += ", " + c.Alias
		}
		rows[group] = append(rows[group], [2]string{name, c.Short})
	}
	for _, group := range groups {
		h.heading(group)
		h.table(rows[group])
	}
}

// helpSources says how options are set elsewhere than on the command line.
func (o *Options) helpSources(h *helper) {
	var example *Option
	for _, opt := range o.options {
		if o.EnvName(opt) != "" && (o.config == nil || opt != o.config.option) && !opt.Hidden {
			example = opt
			break
		}
	}
	switch {
	case example == nil:
	case o.config != nil:
		where := "at the top"
		if len(o.section) > 0 {
			where = "below [" + strings.Join(o.section, " ") + "]"
		}
		h.paragraph("\nOptions can also be set in the environment, as "+o.EnvName(example)+", and in the file of --"+o.config.option.Long+", as "+example.Long+
			" = VALUE "+where+". The command line counts before the environment, and that before the file.", "")
	default:
		h.paragraph("\nOptions can also be set in the environment, as "+o.EnvName(example)+". The command line counts before it.", "")
	}
}

func optionRows(options []*Option) [][2]string {
	var rows [][2]string
	for _, opt := range options {
		left := "    --" + opt.Long
		if opt.Short != "" {
			left = "-" + opt.Short + ", --" + opt.Long
		}
		if opt.HasValue() {
			left += "=" + opt.metavar()
		}
		doc := opt.Doc
		if opt.Repeated {
			doc += "; may be repeated"
		}
		if opt.Default != "" {
			doc += " [default: " + opt.Default + "]"
		}
		rows = append(rows, [2]string{left, doc})
	}
	return rows
}

func (opt *Option) metavar() string {
	if opt.Metavar != "" {
		return opt.Metavar
	}
	return [...]string{"TEXT", "FILE", "DIR", "USER", "GROUP", "HOST"}[opt.Complete]
}

func sentence(s string) string {
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// A helper lays help out.
type helper struct {
	b     strings.Builder
	width int
}

func (h *helper) heading(s string) { h.b.WriteString("\n" + s + ":\n") }

// table writes rows of two columns.
func (h *helper) table(rows [][2]string) {
	left := 0
	for _, r := range rows {
		if n := utf8.RuneCountInString(r[0]); n <= maxLeft {
			left = max(left, n)
		}
	}
	indent := strings.Repeat(" ", 2+left+2)
	for _, r := range rows {
		line := "  " + r[0]
		if r[1] == "" {
			h.b.WriteString(line + "\n")
			continue
		}
		if n := utf8.RuneCountInString(r[0]); n <= left {
			line += strings.Repeat(" ", left-n+2)
		} else {
			h.b.WriteString(line + "\n")
			line = indent
		}
		h.wrap(line, r[1], indent)
	}
}

// text writes paragraphs, which empty lines separate. Lines that begin with a blank stay as they are.
func (h *helper) text(s string) {
	var words []string
	flush := func() {
		if len(words) > 0 {
			h.paragraph(strings.Join(words, " "), "")
		}
		words = nil
	}
	for line := range strings.Lines(strings.Trim(s, "\n")) {
		line = strings.TrimRight(line, " \t\n")
		if line == "" || line[0] == ' ' || line[0] == '\t' {
			flush()
			h.b.WriteString(line + "\n")
			continue
		}
		words = append(words, line)
	}
	flush()
}

// paragraph writes one, whose further lines begin with indent. A newline before it is kept.
func (h *helper) paragraph(s, indent string) {
	if strings.HasPrefix(s, "\n") {
		h.b.WriteByte('\n')
	}
	h.wrap("", s, indent)
}

// wrap writes line, the words of s after it, and new lines where they are needed.
func (h *helper) wrap(line, s, indent string) {
	fresh := true // no word on this line yet
	column := utf8.RuneCountInString(line)
	h.b.WriteString(line)
	for _, w := range strings.Fields(s) {
		n := utf8.RuneCountInString(w)
		if !fresh && column+1+n > h.width {
			h.b.WriteString("\n" + indent)
			column, fresh = utf8.RuneCountInString(indent), true
		}
		if !fresh {
			h.b.WriteByte(' ')
			column++
		}
		h.b.WriteString(w)
		column += n
		fresh = false
	}
	h.b.WriteByte('\n')
}
