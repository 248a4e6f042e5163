// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
)

// Options say what a request has besides its method and URL. nil means nothing. They are not changed and may be used again, but for a Body that is not a client.Rewinder.
type Options struct {
	// Context ends the request when it ends, wherever that stands, with context.Cause; nil means none. What is done with the response's body later is not its matter.
	Context context.Context
	// Header holds fields; those of the same name of Config.Header, and those that other options make, are left out.
	Header web.Header
	// Query is added to that of the URL.
	Query url.Values

	// The body: one of these, or Form and Parts together. What is text goes as UTF-8.

	JSON  any         // what encoding/json makes of it; nil means none: null is a json.RawMessage
	Form  url.Values  // urlencoded, or with Parts the first parts of multipart/form-data
	Parts []Part      // multipart/form-data
	Body  client.Body // anything else
	Type  string      // the Content-Type of Body; "" means application/octet-stream

	// Basic is sent as Authorization: Basic (RFC 7617); nil means that of the URL, if it has any. Bearer is sent as Authorization: Bearer (RFC 6750); both do not go together. Another origin, after a
	// redirect, does not get them.
	Basic  *url.Userinfo
	Bearer string

	// Expect lists the statuses that are no errors; with others the request fails with a *StatusError. A single digit stands for a class: 2 for 200 to 299. nil means that every status is a response,
	// except for JSON and Download, which take 2.
	Expect []int
	// NoRedirect has a redirect be the response.
	NoRedirect bool
	// MaxBody bounds a body that is collected, in bytes; 0 means that of Config, below 0 there is no limit.
	MaxBody int64
	// Timeouts are those of this request. Whole ends with the response's body.
	Timeouts client.Timeouts
	// Progress is told how much of the body was handed to the connection; total is -1 if it is not known. nil means nobody.
	Progress func(sent, total int64)
}

// request makes what is sent.
func (o *Options) request(cfg *Config, method, rawURL string) (*client.Request, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		if strings.Contains(rawURL, "@") {
			return nil, errors.New("fetch: the URL is malformed") // err would tell the password, or a part of it
		}
		return nil, fmt.Errorf("fetch: %w", err)
	}
	if cfg.base != nil {
		u = cfg.base.ResolveReference(u)
	}
	r := &client.Request{Method: method, Header: o.Header.Clone(), Timeouts: o.Timeouts, Progress: o.Progress}
	for name := range cfg.Header.All() {
		if !o.Header.Has(name) && !r.Header.Has(name) {
			for v := range cfg.Header.Values(name) {
				r.Header.Add(name, v)
			}
		}
	}
	if len(o.Query) > 0 {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+o.Query.Encode(), "&")
	}
	if err := cmp.Or(r.Header.Err(), o.authorize(r, u)); err != nil {
		return nil, err
	}
	if err := r.Header.Err(); err != nil { // a token that is none
		return nil, err
	}
	u.User = nil
	r.URL = u
	return r, o.body(r)
}

// authorize sets Authorization.
func (o *Options) authorize(r *client.Request, u *url.URL) error {
	user := cmp.Or(o.Basic, u.User)
	switch {
	case o.Basic != nil && o.Bearer != "":
		return errors.New("fetch: Options has both Basic and Bearer")
	case o.Bearer != "":
		r.Header.Set("Authorization", "Bearer "+o.Bearer)
	case user != nil && (o.Basic != nil || !o.Header.Has("Authorization")):
		if strings.Contains(user.Username(), ":") {
			return errors.New("fetch: a user's name has a colon in it, which Basic authentication cannot send")
		}
		password, _ := user.Password()
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	return nil
}

// body sets the body and its type.
func (o *Options) body(r *client.Request) error {
	kinds := 0
	for _, has := range []bool{o.JSON != nil, o.Form != nil || o.Parts != nil, o.Body != nil} {
		if has {
			kinds++
		}
	}
	if kinds > 1 {
		return errors.New("fetch: Options has several bodies")
	}
	kind := ""
	switch {
	case o.JSON != nil:
		text, err := json.Marshal(o.JSON)
		if err != nil {
			return fmt.Errorf("fetch: Options.JSON: %w", err)
		}
		r.Body, kind = client.Bytes(text), "application/json"
	case o.Parts != nil:
		m, err := newMultipart(o.Form, o.Parts)
		if err != nil {
			return err
		}
		r.Body = m.body()
		r.Header.Set("Content-Type", m.kind()) // with the boundary, whatever Header says
	case o.Form != nil:
		r.Body, kind = client.String(o.Form.Encode()), "application/x-www-form-urlencoded"
	case o.Body != nil:
		r.Body, kind = o.Body, cmp.Or(o.Type, "application/octet-stream")
	}
	if kind != "" && (o.Type != "" || !o.Header.Has("Content-Type")) {
		r.Header.Set("Content-Type", kind)
	}
	return r.Header.Err()
}

// accepts reports whether status is among want.
func accepts(want []int, status int) bool {
	for _, w := range want {
		if w == status || w < 10 && w == status/100 {
			return true
		}
	}
	return false
}
