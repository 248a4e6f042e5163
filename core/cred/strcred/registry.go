// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package strcred

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/core/cred"
)

var (
	// ErrInvalidAuthType is matched for a type that nobody registered. Twisted: InvalidAuthType.
	ErrInvalidAuthType = errors.New("strcred: no such authentication type")
	// ErrInvalidAuthArgument is matched for an argument that the type can't use. Twisted: InvalidAuthArgumentString.
	ErrInvalidAuthArgument = errors.New("strcred: bad argument")
	// ErrUnsupported is matched for a type that the program has no use for. Twisted: UnsupportedInterfaces.
	ErrUnsupported = errors.New("strcred: this program does not use that authentication type")
)

// A Factory makes checkers of one type. Twisted: ICheckerFactory.
type Factory struct {
	// Type is the text before the colon. It has none itself.
	Type string
	// ArgumentFormat tells in one line what comes after it.
	ArgumentFormat string
	// Help tells more, in lines of up to 78 characters.
	Help string
	// Kinds are the kinds of credentials that its checkers take.
	Kinds []reflect.Type
	// New makes the checker of an argument. Errors should match ErrInvalidAuthArgument. A warning for the operator may come with a checker.
	New func(argument string) (c cred.AnyChecker, warning string, err error)
}

// supports reports whether checkers of f take any of the kinds; no kinds at all mean every kind.
func (f Factory) supports(kinds []reflect.Type) bool {
	return len(kinds) == 0 || slices.ContainsFunc(f.Kinds, func(mine reflect.Type) bool {
		return slices.ContainsFunc(kinds, func(k reflect.Type) bool { return cred.Accepts(mine, k) })
	})
}

// A Registry knows the types of checkers: the built-in ones, and those that were registered. The zero Registry has the built-in ones. Safe from any goroutine; it must not
// be copied.
type Registry struct {
	mu    sync.Mutex
	added map[string]Factory // guarded by mu
}

// Register adds a type. One that is there already can't be replaced: that is an error.
func (r *Registry) Register(f Factory) error {
	if f.Type == "" || strings.Contains(f.Type, ":") || f.New == nil || len(f.Kinds) == 0 {
		return fmt.Errorf("strcred: type %q: a name without a colon, New and Kinds are needed", f.Type)
	}
	if _, err := r.Factory(f.Type); err == nil {
		return fmt.Errorf("strcred: type %q exists already", f.Type)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.added == nil {
		r.added = map[string]Factory{}
	}
	r.added[f.Type] = f
	return nil
}

// Factories returns all types, by name. Twisted: findCheckerFactories.
func (r *Registry) Factories() []Factory {
	all := builtin()
	r.mu.Lock()
	all = slices.AppendSeq(all, maps.Values(r.added))
	r.mu.Unlock()
	slices.SortFunc(all, func(a, b Factory) int { return strings.Compare(a.Type, b.Type) })
	return all
}

// Factory returns the type of that name; case matters. Twisted: findCheckerFactory.
func (r *Registry) Factory(typ string) (Factory, error) {
	for _, f := range r.Factories() {
		if f.Type == typ {
			return f, nil
		}
	}
	return Factory{}, fmt.Errorf("%w: %q", ErrInvalidAuthType, typ)
}

// MakeChecker makes a checker of "TYPE:ARGUMENT". Twisted: makeChecker.
func (r *Registry) MakeChecker(text string) (c cred.AnyChecker, warning string, err error) {
	typ, argument, _ := strings.Cut(text, ":")
	f, err := r.Factory(typ)
	if err != nil {
		return cred.AnyChecker{}, "", err
	}
	return f.New(argument)
}
