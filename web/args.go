// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"fmt"

	"github.com/torsion-go/torsion/web/internal/param"
)

// A Scalar is a type that a text in a request can be read as: numbers in base 10, booleans as strconv.ParseBool reads them, and types made of these.
type Scalar interface{ param.Scalar }

// ArgAs returns the first value of a parameter of the query as a T, or absent if it is not there. The error is a *[StatusError] with status 400 that names the parameter.
func ArgAs[T Scalar](r *Request, name string, absent T) (T, error) {
	values, ok := r.Args()[name]
	if !ok {
		return absent, nil
	}
	v, err := param.Parse[T](values[0])
	if err != nil {
		return absent, &StatusError{Status: 400, Detail: fmt.Sprintf("The parameter %q is %v.", name, err)}
	}
	return v, nil
}
