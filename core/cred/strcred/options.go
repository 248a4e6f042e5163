// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package strcred

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/torsion-go/torsion/core/cred"
)

// Options collects what --auth was given, for a program that uses certain kinds of credentials. The zero Options uses every kind and has the built-in types. Twisted:
// AuthOptionMixin.
type Options struct {
	// Registry has the types. nil means the built-in ones.
	Registry *Registry
	// Supported are the kinds of credentials that the program uses. None means all. Twisted: supportedInterfaces.
	Supported []reflect.Type
	// Warnings gets a line for each warning, as on standard error. nil drops them.
	Warnings io.Writer

	checkers []cred.AnyChecker
}

func (o *Options) registry() *Registry {
	if o.Registry == nil {
		return &Registry{}
	}
	return o.Registry
}

// Add takes the value of one --auth. Its errors are for the operator: they don't repeat the argument, which may be a secret. Twisted: opt_auth.
func (o *Options) Add(text string) error {
	typ, argument, _ := strings.Cut(text, ":")
	f, err := o.registry().Factory(typ)
	if err != nil {
		return err
	}
	if !f.supports(o.Supported) {
		return fmt.Errorf("%w: %q", ErrUnsupported, typ)
	}
	c, warning, err := f.New(argument)
	if err != nil {
		return err
	}
	if warning != "" && o.Warnings != nil {
		fmt.Fprintln(o.Warnings, "warning: "+warning)
	}
	o.checkers = append(o.checkers, c)
	return nil
}

// Checkers returns what was added, in order. Twisted: credCheckers.
func (o *Options) Checkers() []cred.AnyChecker { return o.checkers }

// CheckersFor returns those that take a kind of credentials, in order; none for a kind that the program does not use. Twisted: credInterfaces.
func (o *Options) CheckersFor(kind reflect.Type) []cred.AnyChecker {
	var some []cred.AnyChecker
	for _, c := range o.checkers {
		if c.Handles(kind) && (Factory{Kinds: []reflect.Type{c.Kind()}}).supports(o.Supported) && o.uses(kind) {
			some = append(some, c)
		}
	}
	return some
}

func (o *Options) uses(kind reflect.Type) bool {
	return Factory{Kinds: []reflect.Type{kind}}.supports(o.Supported)
}

// Types returns the names of the types that the program can use, for completion.
func (o *Options) Types() []string {
	var names []string
	for _, f := range o.registry().Factories() {
		if f.supports(o.Supported) {
			names = append(names, f.Type)
		}
	}
	return names
}

// Help returns the table for --help-auth: types that the program can use, and their arguments.
func (o *Options) Help() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "Usage: --auth TYPE[:ARGUMENT]\nFor more about one of them: --help-auth-type TYPE\n\n  TYPE\tARGUMENT")
	for _, f := range o.registry().Factories() {
		if f.supports(o.Supported) {
			fmt.Fprintf(w, "  %s\t%s\n", f.Type, f.ArgumentFormat)
		}
	}
	_ = w.Flush() // to memory
	return b.String()
}

// HelpType returns the text for --help-auth-type. An unknown type is ErrInvalidAuthType.
func (o *Options) HelpType(typ string) (string, error) {
	f, err := o.registry().Factory(typ)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("Usage: --auth %s[:ARGUMENT]\nARGUMENT: %s\n\n%s\n", f.Type, f.ArgumentFormat, f.Help)
	if !f.supports(o.Supported) {
		text += "\nWarning: this program does not use that authentication type.\n"
	}
	return text, nil
}
