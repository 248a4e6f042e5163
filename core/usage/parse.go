// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Parsing has two phases. The first one reads the command line: which option is whose, which sub-command was chosen. The second gives each Options its values,
// from the command above to the one below: from configuration, environment and command line, in this order, so that the last one counts. So an
// option of the command above that stands behind the sub-command's name is there when the command above is checked.

// A setting is an option as the command line has it.
type setting struct {
	opt  *Option
	text string
	has  bool // a text was given
}

// Parse reads the arguments, without the command's own name, and gives every option its value. The error is an [*Error], or a [*HelpError] for --help, --version and
// the like. Twisted: parseOptions.
func (o *Options) Parse(args []string) error {
	if o.lookup == nil {
		o.lookup = os.LookupEnv
	}
	if err := o.scan(args); err != nil {
		return err
	}
	if err := o.loadConfig(); err != nil {
		return err
	}
	return o.apply()
}

// scan is the first phase.
func (o *Options) scan(args []string) error {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		var err error
		switch {
		case arg == "--":
			return o.positional(args)
		case strings.HasPrefix(arg, "--"):
			args, err = o.scanLong(arg[2:], args)
		case len(arg) > 1 && arg[0] == '-':
			args, err = o.scanShort(arg[1:], args)
		case o.Interspersed && len(o.commands) == 0:
			o.words = append(o.words, arg)
		default:
			return o.positional(slices.Insert(slices.Clone(args), 0, arg))
		}
		if err != nil {
			return err
		}
	}
	return o.positional(nil)
}

// positional takes what comes when there are no more options.
func (o *Options) positional(args []string) error {
	if len(args) == 0 && len(o.words) == 0 && o.DefaultCommand != "" {
		args = []string{o.DefaultCommand}
	}
	if len(args) > 0 && o.hasCommands() {
		if c := o.command(args[0]); c != nil {
			return o.choose(c, args[1:])
		}
		if len(o.args) == 0 {
			return o.unknownCommand(args[0])
		}
	}
	o.words = append(o.words, args...)
	return nil
}

func (o *Options) choose(c *Command, args []string) error {
	o.chosen, o.sub = c, o.Sub(c)
	if c.Raw {
		o.sub.raw = args
		return nil
	}
	return o.sub.scan(args)
}

func (o *Options) unknownCommand(name string) error {
	var names []string
	for c := range o.Commands() {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return o.errorIn("", fmt.Errorf("there is no %s %q%s", o.noun(), name, didYouMean(name, "", names)))
}

func (o *Options) noun() string { return cmp.Or(o.Noun, "command") }

func didYouMean(given, prefix string, names []string) string {
	if near := Nearest(given, names); near != "" {
		return ": did you mean " + prefix + near + "?"
	}
	return ""
}

// scanLong takes an option without its dashes, and its value from args if need be.
func (o *Options) scanLong(arg string, args []string) ([]string, error) {
	name, text, has := strings.Cut(arg, "=")
	opt, owner, err := o.find(name)
	if err != nil {
		return nil, err
	}
	switch {
	case has && opt.Value == nil && opt.flag == nil:
		return nil, owner.errorIn("--"+opt.Long, errors.New("takes no value"))
	case !has && opt.HasValue():
		if len(args) == 0 {
			return nil, owner.errorIn("--"+opt.Long, errors.New("needs a value"))
		}
		text, has, args = args[0], true, args[1:]
	}
	return args, owner.give(setting{opt, text, has})
}

// scanShort takes one-letter options that stand together. The first one that has a value takes the rest for it, or the next argument.
func (o *Options) scanShort(letters string, args []string) ([]string, error) {
	for i, c := range letters {
		opt, owner := o.findShort(string(c))
		if opt == nil {
			return nil, o.errorIn("", fmt.Errorf("there is no option -%c", c))
		}
		s := setting{opt: opt}
		if opt.HasValue() {
			s.text, s.has = letters[i+len(string(c)):], true
			if s.text == "" && len(args) == 0 {
				return nil, owner.errorIn("--"+opt.Long, errors.New("needs a value"))
			} else if s.text == "" {
				s.text, args = args[0], args[1:]
			}
		}
		if err := owner.give(s); err != nil || s.has {
			return args, err
		}
	}
	return args, nil
}

// give notes an option of o. Help and version come at once, whatever else is wrong.
func (o *Options) give(s setting) error {
	o.given = true
	if slices.Contains(o.builtin, s.opt) {
		return s.opt.action()
	}
	o.settings = append(o.settings, s)
	return nil
}

// above returns the Options whose options o understands besides its own.
func (o *Options) above() *Options {
	if o.Inherit {
		return o.parent
	}
	return nil
}

// find returns the option of a name, or of the beginning of one that is the only one.
func (o *Options) find(name string) (*Option, *Options, error) {
	name = fold(name)
	var found *Option
	var owner *Options
	var begin, all []string
	for at := o; at != nil; at = at.above() {
		for _, opt := range at.all() {
			long := fold(opt.Long)
			if long == name {
				return opt, at, nil
			}
			if opt.Hidden || slices.Contains(all, long) {
				continue
			}
			if all = append(all, long); strings.HasPrefix(long, name) && name != "" {
				begin = append(begin, "--"+opt.Long)
				found, owner = opt, at
			}
		}
	}
	switch len(begin) {
	case 1:
		return found, owner, nil
	case 0:
		return nil, nil, o.errorIn("", fmt.Errorf("there is no option --%s%s", name, didYouMean(name, "--", all)))
	}
	slices.Sort(begin)
	return nil, nil, o.errorIn("", fmt.Errorf("--%s may mean %s", name, orList(begin)))
}

func (o *Options) findShort(letter string) (*Option, *Options) {
	for at := o; at != nil; at = at.above() {
		for _, opt := range at.all() {
			if opt.Short == letter {
				return opt, at
			}
		}
	}
	return nil, nil
}

// apply is the second phase.
func (o *Options) apply() error {
	if err := o.applyConfig(); err != nil {
		return err
	}
	if err := o.applyEnvironment(); err != nil {
		return err
	}
	for _, s := range o.settings {
		if err := s.opt.set(s.text, s.has, fromCommandLine); err != nil {
			return o.errorIn("--"+s.opt.Long, err)
		}
	}
	if o.chosen == nil {
		if err := o.applyWords(); err != nil {
			return err
		}
	}
	for _, check := range o.checks {
		if err := check(); err != nil {
			return o.errorIn("", err)
		}
	}
	if o.chosen == nil || o.chosen.Raw {
		return nil
	}
	return o.sub.apply()
}

// applyWords gives the positional arguments their values.
func (o *Options) applyWords() error {
	words := o.words
	if len(words) == 0 && len(o.args) == 0 && o.hasCommands() {
		return o.errorIn("", fmt.Errorf("which %s?", o.noun()))
	}
	for i, a := range o.args {
		later := 0 // what the arguments after this one need
		for _, b := range o.args[i+1:] {
			later += b.Min
		}
		n := max(len(words)-later, min(len(words), a.Min))
		if a.Max >= 0 {
			n = min(n, a.Max)
		}
		if n < a.Min {
			return o.errorIn("", fmt.Errorf("%s is missing", a.Name))
		}
		for _, w := range words[:n] {
			if len(a.Choices) > 0 && !slices.Contains(a.Choices, w) {
				return o.errorIn(a.Name, fmt.Errorf("%q is not %s%s", w, orList(a.Choices), didYouMean(w, "", a.Choices)))
			}
			if err := a.set(w); err != nil {
				return o.errorIn(a.Name, err)
			}
		}
		words = words[n:]
	}
	if len(words) > 0 {
		return o.errorIn("", fmt.Errorf("unexpected argument %q", words[0]))
	}
	return nil
}
