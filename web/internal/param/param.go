// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package param reads the texts in requests as values of Go's types.
package param

import (
	"errors"
	"reflect"
	"strconv"
)

// A Scalar is a type that Parse knows.
type Scalar interface {
	~string | ~bool | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// Parse reads s as a T. The error's text completes "the value is ...", for the eyes of the one who sent it, and does not repeat s.
func Parse[T Scalar](s string) (v T, err error) {
	dst := reflect.ValueOf(&v).Elem()
	switch t := dst.Type(); t.Kind() {
	case reflect.String:
		dst.SetString(s)
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return v, errors.New("not true or false")
		}
		dst.SetBool(b)
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(s, t.Bits())
		if err != nil {
			return v, why(err, "not a number")
		}
		dst.SetFloat(f)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(s, 10, t.Bits())
		if err != nil {
			return v, why(err, "not a whole number")
		}
		dst.SetInt(n)
	default:
		n, err := strconv.ParseUint(s, 10, t.Bits())
		if err != nil {
			return v, why(err, "not a whole number from 0 on")
		}
		dst.SetUint(n)
	}
	return v, nil
}

func why(err error, kind string) error {
	if errors.Is(err, strconv.ErrRange) {
		return errors.New("out of range")
	}
	return errors.New(kind)
}
