// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package coding reads Accept-Encoding (RFC 9110 section 12.5.3).
package coding

import (
	"iter"
	"strings"
)

// Absent is the weight of what a client has not named.
const Absent = -1

// Accepted is what a client says of content codings.
type Accepted struct{ elements iter.Seq[string] }

// Parse returns what the elements of Accept-Encoding say.
func Parse(elements iter.Seq[string]) Accepted { return Accepted{elements} }

// Weight returns the weight of a coding, 0 to 1000: its own, else that of "*", else Absent.
func (a Accepted) Weight(name string) int {
	weight, star := Absent, Absent
	for el := range a.elements {
		n, params, _ := strings.Cut(el, ";")
		switch n = strings.TrimSpace(n); {
		case strings.EqualFold(n, name), name == "gzip" && strings.EqualFold(n, "x-gzip"):
			weight = max(weight, weightOf(params))
		case n == "*":
			star = weightOf(params)
		}
	}
	if weight == Absent {
		return star
	}
	return weight
}

// Identity returns the weight of a body that is not coded: Absent if it may be sent, but nothing says how gladly, 0 if it must not be. A bare "*" does not raise it.
func (a Accepted) Identity() int {
	named, star := Absent, Absent
	for el := range a.elements {
		n, params, _ := strings.Cut(el, ";")
		switch n = strings.TrimSpace(n); {
		case strings.EqualFold(n, "identity"):
			named = weightOf(params)
		case n == "*":
			star = weightOf(params)
		}
	}
	if named == Absent && star == 0 {
		return 0
	}
	return named
}

// Best returns the coding of offered, which is ordered by the server's preference, that the client likes best; "" means that the body is not to be coded. ok is false if
// the client accepts nothing of all that.
func (a Accepted) Best(offered []string) (name string, ok bool) {
	best := 0
	for _, o := range offered {
		if w := a.Weight(o); w > best {
			name, best = o, w
		}
	}
	identity := a.Identity()
	if identity > best {
		return "", true
	}
	return name, best > 0 || identity != 0
}

// weightOf reads q=0.123. What is not one is 0: nobody can tell what it wants.
func weightOf(params string) int {
	if params == "" {
		return 1000
	}
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(strings.TrimSpace(k), "q") {
			continue
		}
		whole, fraction, _ := strings.Cut(strings.TrimSpace(v), ".")
		if whole != "0" && whole != "1" || len(fraction) > 3 || strings.Trim(fraction, "0123456789") != "" {
			return 0
		}
		n := 0
		for i := range 3 {
			n *= 10
			if i < len(fraction) {
				n += int(fraction[i] - '0')
			}
		}
		return min(int(whole[0]-'0')*1000+n, 1000)
	}
	return 1000
}
