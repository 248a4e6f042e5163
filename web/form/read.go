// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form

import (
	"errors"
	"net/url"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// read has the form in r's body told to to, and calls finish once, with the error if there is one. What it returns ends it without that.
func read(r *web.Request, config *Config, to receiver, urlencoded func(body string) error, finish func(err error)) (stop func()) {
	over := false
	end := func(err error) {
		if !over {
			over = true
			finish(err)
		}
	}
	stop = func() {
		if !over {
			over = true
			r.StopBody()
		}
	}
	types := 0
	for range r.Header.Values("Content-Type") {
		types++
	}
	multipart, boundary, err := boundaryOf(r.Header.Get("Content-Type"))
	if types > 1 {
		err = malformed("it has several types")
	}
	if err == nil && !multipart && urlencoded == nil {
		err = &web.StatusError{Status: 415, Detail: "The body is no form of several parts."}
	}
	if err != nil {
		end(err)
		return stop
	}
	if config.MaxSize > 0 {
		r.SetMaxBody(config.MaxSize)
	}
	write, closing := readText(config, urlencoded)
	if multipart {
		s := newSplitter(boundary, to, config)
		write, closing = s.write, s.close
	}
	r.StreamBody(func(p []byte) {
		if err := write(p); err != nil && !over {
			r.StopBody()
			end(err)
		}
	}, func(err error) {
		switch {
		case over:
		case errors.Is(err, web.ErrBodyTooLarge):
			end(tooLarge("all of it"))
		case err != nil:
			end(err)
		default:
			end(closing())
		}
	})
	return stop
}

// readText gathers an urlencoded form.
func readText(config *Config, urlencoded func(body string) error) (write func(p []byte) error, closing func() error) {
	var body []byte
	write = func(p []byte) error {
		if len(body)+len(p) > config.MaxValues {
			return tooLarge("its values")
		}
		body = append(body, p...)
		return nil
	}
	return write, func() error { return urlencoded(string(body)) }
}

// parseURLEncoded reads pairs that are joined by &. What is not percent-encoded properly is taken as it stands, as in queries.
func parseURLEncoded(body string, config *Config) (url.Values, error) {
	values, n := make(url.Values), 0
	for pair := range strings.SplitSeq(body, "&") {
		if pair == "" {
			continue
		}
		if n++; n > config.MaxParts {
			return nil, tooLarge("the number of its parts")
		}
		k, v, _ := strings.Cut(pair, "=")
		k = unescape(k)
		values[k] = append(values[k], unescape(v))
	}
	return values, nil
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}
