// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package match holds questions about values that are put together from smaller ones, and that tell what does not match.
//
// # Typical use
//
//	assert.That(t, users, match.Each(match.All(
//		match.Field("Name", func(u User) string { return u.Name }, match.Not(match.Equal(""))),
//		match.Field("Age", func(u User) int { return u.Age }, match.Func("be of age", func(n int) bool { return n >= 18 })),
//	)))
//
// A [Matcher] is anything that says what is wrong with a value; the functions make and combine them.
//
// # Concurrency
//
// Matchers of this package are immutable.
package match

import (
	"errors"
	"fmt"
	"strings"

	"github.com/torsion-go/torsion/trial/diff"
)

// A Matcher asks a question about a T.
type Matcher[T any] interface {
	// Mismatch tells what is wrong with v; "" if nothing is.
	Mismatch(v T) string
	// String returns what a value should do, to stand behind "should": "be equal to 3".
	String() string
}

type matcher[T any] struct {
	should   string
	mismatch func(v T) string
}

func (m matcher[T]) Mismatch(v T) string { return m.mismatch(v) }
func (m matcher[T]) String() string      { return m.should }

// Func matches where ok says so. should stands behind "should": "be even".
func Func[T any](should string, ok func(v T) bool) Matcher[T] {
	return matcher[T]{should, func(v T) string {
		if ok(v) {
			return ""
		}
		return diff.Format(v) + " should " + should
	}}
}

// Equal matches what is equal to want, as package diff has it.
func Equal[T any](want T, opts ...diff.Option) Matcher[T] {
	return matcher[T]{"be equal to " + diff.Format(want), func(v T) string {
		if d := diff.Diff(want, v, opts...); d != "" {
			return "not as wanted (-want +got):\n" + d
		}
		return ""
	}}
}

// Substring matches strings that contain s.
func Substring(s string) Matcher[string] {
	return Func("contain "+diff.Format(s), func(v string) bool { return strings.Contains(v, s) })
}

// ErrorIs matches errors that have target in their chain.
func ErrorIs(target error) Matcher[error] {
	return Func("be "+diff.Format(target), func(err error) bool { return errors.Is(err, target) })
}

// Not matches what m does not.
func Not[T any](m Matcher[T]) Matcher[T] {
	return Func("not "+m.String(), func(v T) bool { return m.Mismatch(v) != "" })
}

// All matches what all of ms do. It tells of the first that does not.
func All[T any](ms ...Matcher[T]) Matcher[T] {
	return matcher[T]{joined(ms, " and "), func(v T) string {
		for _, m := range ms {
			if why := m.Mismatch(v); why != "" {
				return why
			}
		}
		return ""
	}}
}

// Any matches what one of ms does.
func Any[T any](ms ...Matcher[T]) Matcher[T] {
	return Func(joined(ms, " or "), func(v T) bool {
		for _, m := range ms {
			if m.Mismatch(v) == "" {
				return true
			}
		}
		return false
	})
}

func joined[T any](ms []Matcher[T], with string) string {
	texts := make([]string, len(ms))
	for i, m := range ms {
		texts[i] = m.String()
	}
	return strings.Join(texts, with)
}

// Each matches slices all of whose elements match m. It tells of the first that does not.
func Each[T any](m Matcher[T]) Matcher[[]T] {
	return matcher[[]T]{"have elements that all " + m.String(), func(v []T) string {
		for i, e := range v {
			if why := m.Mismatch(e); why != "" {
				return fmt.Sprintf("[%d]: %s", i, why)
			}
		}
		return ""
	}}
}

// Some matches slices of which an element matches m.
func Some[T any](m Matcher[T]) Matcher[[]T] {
	return Func("have an element to "+m.String(), func(v []T) bool {
		for _, e := range v {
			if m.Mismatch(e) == "" {
				return true
			}
		}
		return false
	})
}

// Field matches values of which a part, which get returns and name names, matches m.
func Field[T, F any](name string, get func(v T) F, m Matcher[F]) Matcher[T] {
	return matcher[T]{"have a " + name + " to " + m.String(), func(v T) string {
		if why := m.Mismatch(get(v)); why != "" {
			return name + ": " + why
		}
		return ""
	}}
}
