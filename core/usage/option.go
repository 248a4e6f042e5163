// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// An Option is one declared option. Its exported fields may be set until Parse.
type Option struct {
	// Long is the name after two dashes; - and _ are the same in it. Short is one character, or "".
	Long, Short string
	// Doc is a line or more about it, without a full stop.
	Doc string
	// Metavar stands for the value in help: FILE. "" means one that fits the type.
	Metavar string
	// Default is what help shows as [default: x], "" nothing. Declaring sets it to the value that the variable has.
	Default string
	// Choices are the values there are, if they are few and known.
	Choices []string
	// Complete says what a shell may offer for the value, besides Choices.
	Complete Completion
	// Hidden leaves it out of help and completion.
	Hidden bool
	// Group is the heading below which help lists it, "" means "Options". Declaring sets it: see Options.Group.
	Group string
	// CommandLineOnly keeps the environment and configuration files from setting it.
	CommandLineOnly bool
	// Value takes what is given. It is nil for a flag and an action.
	Value Value
	// Repeated says that it may be given several times; Value.Set is called for each.
	Repeated bool

	flag   *bool
	action func() error
	reset  func() // empties a Repeated one of what a source below gave
	source source // that set it
}

// A Value takes the text of an option. It is the same as flag.Value: whatever is one of those is one of these. Set's errors need not name the option.
type Value interface {
	Set(text string) error
	String() string
}

// A Resetter is a Value that can be given several times: Reset is called before the first Set of each source, so that what a source above says
// replaces what one below said.
type Resetter interface{ Reset() }

// A Completion is a kind of words that a shell can offer.
type Completion uint8

// What a shell can offer for a value.
const (
	Nothing Completion = iota
	Files
	Folders
	Users
	Groups
	Hosts
)

// HasValue reports whether the option is followed by a value.
func (opt *Option) HasValue() bool { return opt.Value != nil }

// Given reports whether the option was given, on the command line, by the environment or in a configuration file.
func (opt *Option) Given() bool { return opt.source != fromNothing }

// Flag declares an option without value that sets *p to true. On the command line --name=false sets it to false again. Twisted: optFlags.
func (o *Options) Flag(p *bool, long, short, doc string) *Option {
	return o.add(&Option{Long: long, Short: short, Doc: doc, flag: p})
}

// Action declares an option without value that calls f. A [*HelpError] from it ends Parse: that is how an option shows something and ends the program. Twisted:
// opt_NAME.
func (o *Options) Action(f func() error, long, short, doc string) *Option {
	return o.add(&Option{Long: long, Short: short, Doc: doc, action: f, CommandLineOnly: true})
}

// Var declares an option whose value v takes. If v is a Resetter it may be repeated.
func (o *Options) Var(v Value, long, short, doc string) *Option {
	opt := &Option{Long: long, Short: short, Doc: doc, Value: v, Default: v.String()}
	if r, ok := v.(Resetter); ok {
		opt.Repeated, opt.reset = true, r.Reset
	}
	return o.add(opt)
}

// Func declares an option whose text f takes, each time that it is given.
func (o *Options) Func(f func(text string) error, long, short, doc string) *Option {
	return o.Var(funcValue(f), long, short, doc)
}

// String declares an option with text. The value that *p has is the default, here and below. Twisted: optParameters.
func (o *Options) String(p *string, long, short, doc string) *Option {
	return o.Var((*stringValue)(p), long, short, doc)
}

// Strings declares an option that may be repeated. What is given replaces the default, and what a source above gives replaces what those below gave.
func (o *Options) Strings(p *[]string, long, short, doc string) *Option {
	return o.Var((*stringsValue)(p), long, short, doc)
}

// Int declares an option with a number, in Go's notation: 10, 0x1f, 1_000.
func (o *Options) Int(p *int, long, short, doc string) *Option {
	opt := o.Var((*intValue)(p), long, short, doc)
	opt.Metavar = "N"
	return opt
}

// Port declares an option with a port number from 0 to 65535. Twisted: portCoerce.
func (o *Options) Port(p *int, long, short, doc string) *Option {
	opt := o.Var((*portValue)(p), long, short, doc)
	opt.Metavar = "PORT"
	return opt
}

// Duration declares an option with a time such as 1m30s; a number alone is seconds.
func (o *Options) Duration(p *time.Duration, long, short, doc string) *Option {
	opt := o.Var((*durationValue)(p), long, short, doc)
	opt.Metavar = "TIME"
	return opt
}

// Size declares an option with a number of bytes such as 512, 64K, 10M or 2GiB; K, M, G and T are powers of 1024.
func (o *Options) Size(p *int64, long, short, doc string) *Option {
	opt := o.Var((*sizeValue)(p), long, short, doc)
	opt.Metavar = "SIZE"
	return opt
}

// Enum declares an option with one of a few texts.
func (o *Options) Enum(p *string, choices []string, long, short, doc string) *Option {
	opt := o.Var(&enumValue{p, choices}, long, short, doc)
	opt.Choices, opt.Metavar = choices, strings.Join(choices, "|")
	return opt
}

// Group has the options that are declared from here on stand below a heading of their own in help; "" is the usual one, "Options", which comes first.
func (o *Options) Group(heading string) { o.group = heading }

// add keeps a declaration. A wrong one is a mistake of the program.
func (o *Options) add(opt *Option) *Option {
	if !validName(opt.Long) {
		panic(fmt.Sprintf("usage: %q is no name for an option", opt.Long))
	}
	if opt.Short != "" && (utf8.RuneCountInString(opt.Short) != 1 || opt.Short == "-" || opt.Short == "=") {
		panic(fmt.Sprintf("usage: --%s: %q is no short name: it has to be one character", opt.Long, opt.Short))
	}
	for _, have := range o.options {
		if fold(have.Long) == fold(opt.Long) || have.Short == opt.Short && opt.Short != "" {
			panic(fmt.Sprintf("usage: --%s (-%s) is declared twice", opt.Long, opt.Short))
		}
	}
	opt.Group = o.group
	o.options = append(o.options, opt)
	return opt
}

func validName(s string) bool {
	for _, c := range s {
		if c != '-' && c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(s) > 1 && s[0] != '-' && s[0] != '_'
}

// fold makes - and _ the same.
func fold(name string) string { return strings.ReplaceAll(name, "_", "-") }
