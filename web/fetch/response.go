// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web/client"
)

// A Response is what a server has answered, with ways to have its body. One of them is used, once. Loop only.
type Response struct {
	*client.Response
	max      int64
	expected bool // the status is one that was asked for
}

// Bytes collects the body, up to MaxBody of Options or Config. Twisted: treq.content.
func (r *Response) Bytes() *deferred.Deferred[[]byte] { return r.ReadBody(r.max) }

// Text collects the body and decodes it: by its BOM, else by the charset that Content-Type says, else, for HTML, as browsers do, else as UTF-8. What is malformed becomes U+FFFD. A charset that is not known fails.
// Twisted: treq.text_content.
func (r *Response) Text() *deferred.Deferred[string] {
	return deferred.Then(r.Bytes(), func(body []byte) (string, error) {
		text, err := decode(body, r.Header.Get("Content-Type"))
		if err != nil {
			return "", r.failure(err)
		}
		return text, nil
	})
}

// JSON collects the body and unmarshals it into v, which is not to be touched before the Deferred has fired. It does not mind the status; the function [JSON] does. Twisted: treq.json_content.
func (r *Response) JSON(v any) *deferred.Deferred[struct{}] {
	return deferred.Then(r.Bytes(), func(body []byte) (struct{}, error) {
		if err := json.Unmarshal(bytes.TrimPrefix(body, []byte("\uFEFF")), v); err != nil {
			return struct{}{}, r.failure(fmt.Errorf("the body is not the JSON that is wanted: %w", err))
		}
		return struct{}{}, nil
	})
}

// JSON returns what the response's body holds as JSON:
//
//	d := fetch.JSON[[]Note](c.Get("https://example.com/notes", nil))
//
// A status that is not from 200 to 299, and that Options.Expect has not listed, fails it with a *StatusError. Loop only.
func JSON[T any](d *deferred.Deferred[*Response]) *deferred.Deferred[T] {
	ok := d.AddCallbackD(func(r *Response) *deferred.Deferred[*Response] {
		if r.expected {
			return deferred.Succeed(r)
		}
		return r.Expect(2)
	})
	return deferred.ThenD(ok, func(r *Response) *deferred.Deferred[T] {
		v := new(T)
		return deferred.Then(r.JSON(v), func(struct{}) (T, error) { return *v, nil })
	})
}

// decode makes text of a body.
func decode(body []byte, contentType string) (string, error) {
	kind, params, _ := mime.ParseMediaType(contentType)
	var e encoding.Encoding = unicode.UTF8
	switch label := params["charset"]; {
	case bytes.HasPrefix(body, []byte("\uFEFF")):
		body = body[3:]
	case bytes.HasPrefix(body, []byte("\xfe\xff")), bytes.HasPrefix(body, []byte("\xff\xfe")):
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case label != "":
		if e, _ = charset.Lookup(label); e == nil {
			return "", fmt.Errorf("the charset %.40q of the body is not known", label)
		}
	case kind == "text/html":
		e, _, _ = charset.DetermineEncoding(body[:min(len(body), 1024)], contentType)
	}
	if e == unicode.UTF8 && utf8.Valid(body) {
		return string(body), nil
	}
	text, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return "", fmt.Errorf("the body cannot be decoded: %w", err)
	}
	return string(text), nil
}

// A StatusError is a response with a status that is none of those that were expected.
type StatusError struct {
	Status   int
	Excerpt  string // of the body, if that is text: at most 1024 bytes
	Response *client.Response
}

// Error returns `status 404 Not Found: "what the server says"`, in one line.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("status %d %s", e.Status, http.StatusText(e.Status))
	if e.Excerpt != "" {
		text += fmt.Sprintf(": %.200q", strings.Join(strings.Fields(e.Excerpt), " "))
	}
	return text
}

// maxExcerpt bounds StatusError.Excerpt.
const maxExcerpt = 1024

// Expect returns r, or fails with the *StatusError of a status that is not among want, which is like Options.Expect. Twisted: raise_for_status.
func (r *Response) Expect(want ...int) *deferred.Deferred[*Response] {
	if accepts(want, r.Status) {
		return deferred.Succeed(r)
	}
	var excerpt []byte
	stopped := false
	d := deferred.NewCancellable(nil, func(d *deferred.Deferred[*Response]) {
		stopped = true
		d.Errback(r.failure(deferred.ErrCancelled))
		r.StopBody()
	})
	r.StreamBody(func(p []byte) {
		excerpt = append(excerpt, p[:min(len(p), maxExcerpt-len(excerpt))]...)
		if len(excerpt) == maxExcerpt && !stopped {
			stopped = true
			r.StopBody()
		}
	}, func(error) { // what has come will do
		if !d.Called() {
			d.Errback(r.failure(&StatusError{Status: r.Status, Excerpt: printable(excerpt, r.Header.Get("Content-Type")), Response: r.Response}))
		}
	})
	return d
}

// printable returns the excerpt if it is text.
func printable(excerpt []byte, contentType string) string {
	text, err := decode(excerpt, contentType)
	if err != nil || bytes.IndexByte(excerpt, 0) >= 0 {
		return ""
	}
	return strings.TrimRight(text, "\uFFFD") // a character may be cut off
}

func (r *Response) failure(err error) *client.Error {
	return failure(r.Request, r.Response, client.PhaseResponse, err)
}

// failure returns the error of a request. r's URL may be nil.
func failure(r *client.Request, res *client.Response, phase client.Phase, err error) *client.Error {
	e := &client.Error{Phase: phase, Method: cmp.Or(r.Method, http.MethodGet), Err: err, Response: res}
	if u := r.URL; u != nil {
		e.URL = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
	}
	return e
}
