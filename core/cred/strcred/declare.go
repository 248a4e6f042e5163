// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package strcred

import (
	"strings"

	"github.com/torsion-go/torsion/core/usage"
)

// Declare declares on a program's options:
//
//	--auth TYPE[:ARGUMENT]    adds a checker, as Add does; may be repeated
//	--help-auth               shows Help
//	--help-auth-type TYPE     shows HelpType
//
// After Parse, Checkers and CheckersFor have what was given, in order. What a program's command line says takes the place of what its environment says, and that of its
// configuration file: a command line can be seen by everybody on the machine. Twisted: AuthOptionMixin.
func (o *Options) Declare(to *usage.Options) {
	opt := to.Var((*auth)(o), "auth", "", "how users log in: "+strings.Join(o.Types(), ", ")+" (see --help-auth)")
	opt.Metavar = "TYPE[:ARGUMENT]"
	to.Action(func() error { return &usage.HelpError{Text: o.Help()} }, "help-auth", "", "list what --auth takes")
	typ := to.Func(func(typ string) error {
		text, err := o.HelpType(typ)
		if err != nil {
			return err
		}
		return &usage.HelpError{Text: text}
	}, "help-auth-type", "", "tell more about a type of --auth")
	typ.Metavar, typ.Choices, typ.CommandLineOnly, typ.Repeated = "TYPE", o.Types(), true, false
}

// An auth is Options as the value of --auth.
type auth Options

// Set adds a checker.
func (a *auth) Set(text string) error { return (*Options)(a).Add(text) }

// String tells nothing, since what was given may be secret.
func (*auth) String() string { return "" }

// Reset forgets what a lesser source gave.
func (a *auth) Reset() { a.checkers = nil }
