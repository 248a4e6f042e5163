// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"fmt"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// A field is one of a header.
type field struct{ name, value string }

// addHeader takes NAME:VALUE.
func (w *webOptions) addHeader(text string) error {
	name, value, ok := strings.Cut(text, ":")
	f := field{strings.TrimSpace(name), strings.TrimSpace(value)}
	var h web.Header
	h.Set(f.name, f.value)
	if !ok || h.Err() != nil {
		return fmt.Errorf(`%q is not NAME:VALUE, as "X-Frame-Options: DENY"`, text)
	}
	w.headers = append(w.headers, f)
	return nil
}

// headed returns a resource that adds fields to all answers of another, those about errors too.
func headed(res web.Resource, fields []field) web.Resource {
	return web.LeafFunc(func(r *web.Request) {
		r.Encode(func(r *web.Request, _ int64) web.Encoder { // when the header is complete
			for _, f := range fields {
				r.ResponseHeader().Add(f.name, f.value)
			}
			return nil
		})
		web.Dispatch(res, r)
	})
}
