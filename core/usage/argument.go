// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import "fmt"

// An Argument is a declared positional argument.
type Argument struct {
	// Name stands for it in help: FILE.
	Name string
	// Doc is a line about it.
	Doc string
	// Min and Max say how often it is given. A negative Max means without end.
	Min, Max int
	// Choices and Complete are as in Option.
	Choices  []string
	Complete Completion

	set func(text string) error
}

// Argument declares a positional argument, which has to be given; set Min to 0 for one that need not. *p keeps its value if it isn't. Twisted: parseArgs.
func (o *Options) Argument(p *string, name, doc string) *Argument {
	return o.addArgument(&Argument{Name: name, Doc: doc, Min: 1, Max: 1, set: func(s string) error { *p = s; return nil }})
}

// Rest declares the arguments from here on, min or more. It comes last; set Max to bound them.
func (o *Options) Rest(p *[]string, name, doc string, min int) *Argument {
	return o.addArgument(&Argument{Name: name, Doc: doc, Min: min, Max: -1, set: func(s string) error { *p = append(*p, s); return nil }})
}

func (o *Options) addArgument(a *Argument) *Argument {
	if n := len(o.args); n > 0 && o.args[n-1].Max != 1 {
		panic(fmt.Sprintf("usage: argument %s comes after %s, which takes the rest", a.Name, o.args[n-1].Name))
	}
	o.args = append(o.args, a)
	return a
}
