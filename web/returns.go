// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import "encoding/json"

// Returns makes a Resource of a function that returns its answer: nil for 204, a string or []byte for the body as it stands, a Resource that renders it, anything else for JSON. An
// error is answered as by [Later]. For work that blocks use Later with deferred.ToThread.
func Returns(f func(r *Request) (any, error)) Func {
	return func(r *Request) {
		v, err := f(r)
		if err == nil {
			err = r.answer(v)
		}
		if err != nil {
			r.fail(err)
		}
	}
}

func (r *Request) answer(v any) error {
	switch v := v.(type) {
	case nil:
		if r.status == 200 {
			r.SetStatus(204)
		}
	case string:
		r.WriteString(v)
	case []byte:
		r.Write(v)
	case Resource:
		v.Render(r)
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if !r.header.Has("Content-Type") {
			r.header.Set("Content-Type", "application/json")
		}
		r.Write(append(b, '\n'))
	}
	return nil
}
