// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/rpc"
)

// ErrMalformed is why a call fails whose response is no XML-RPC, or beyond a limit.
var ErrMalformed = errors.New("xmlrpc: the response cannot be understood")

// A ProxyConfig holds the options of a [Proxy]. Its zero value means the defaults that the fields name.
type ProxyConfig struct {
	// User is sent by Basic authentication; nil means that of the URL, if it has any. Twisted: user, password.
	User *url.Userinfo
	// Header is sent with each call.
	Header web.Header
	// Timeouts are those of each call. Connect of 0 means 30 s, whatever the Agent says. Twisted: connectTimeout.
	Timeouts client.Timeouts

	AllowNil bool           // sends nil; without it, a call with nil fails. Responses may hold it always. Twisted: allowNone
	AllowI8  bool           // sends integers of more than 32 bits; without it, a call with one fails. Responses may hold them always
	Location *time.Location // the time zone of times that say none, as XML-RPC's do; nil means UTC. Twisted: useDateTime

	MaxBody   int64 // bytes of a response; 0 means 16 MiB
	MaxDepth  int   // of values within values; 0 means 100
	MaxValues int   // of a response, those within others too; 0 means 1000000
}

// A Proxy calls the procedures of a server. The calls go out at the same time, over the pooled connections of an Agent. Loop only. Twisted: xmlrpc.Proxy.
type Proxy struct {
	c       *fetch.Client
	url     string
	config  ProxyConfig
	encoder encoder
}

// NewProxy returns a Proxy for the server at rawURL, of the scheme http or https, that sends by d. Only the user information of the URL is told to nobody but the server. An error is about rawURL.
func NewProxy(d client.Doer, rawURL string, config ProxyConfig) (*Proxy, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("xmlrpc: the URL of a server is absolute, of the scheme http or https")
	}
	c, err := fetch.Over(d, fetch.Config{Retry: client.RetryConfig{Attempts: -1}})
	if err != nil {
		return nil, err
	}
	config.Location = cmp.Or(config.Location, time.UTC)
	config.Header = config.Header.Clone()
	config.Timeouts.Connect = cmp.Or(config.Timeouts.Connect, 30*time.Second)
	config.MaxBody = cmp.Or(max(config.MaxBody, 0), 16<<20)
	config.MaxDepth = cmp.Or(max(config.MaxDepth, 0), 100)
	config.MaxValues = cmp.Or(max(config.MaxValues, 0), 1000000)
	return &Proxy{c: c, url: rawURL, config: config, encoder: encoder{config.AllowNil, config.AllowI8, config.Location}}, nil
}

// Call calls a procedure. The Deferred has its result, of the types that the package's comment lists; or a *rpc.Fault that the server has answered with; or a *client.Error: of a *fetch.StatusError for another status than
// 200, of [ErrMalformed] for a response that is none. Cancelling it ends the call. Twisted: callRemote.
func (p *Proxy) Call(method string, args ...any) *deferred.Deferred[any] {
	document, err := p.document(method, args)
	if err != nil {
		return deferred.FailOn[any](p.c.Loop(), err)
	}
	d := p.c.Post(p.url, &fetch.Options{
		Header: p.config.Header, Body: client.Bytes(document), Type: "text/xml; charset=utf-8", Basic: p.config.User, Timeouts: p.config.Timeouts, NoRedirect: true, Expect: []int{http.StatusOK},
	})
	return deferred.ThenD(d, p.read)
}

// document returns a methodCall.
func (p *Proxy) document(method string, args []any) (b []byte, err error) {
	if method == "" {
		return nil, errors.New("xmlrpc: a call without a method")
	}
	if !holdable(method) {
		return nil, fmt.Errorf("xmlrpc: XML cannot hold the method %.40q", method)
	}
	b = append(escape([]byte(declaration+"<methodCall><methodName>"), method), "</methodName><params>"...)
	for i, arg := range args {
		b = append(b, "<param>"...)
		if b, err = p.encoder.value(b, reflect.ValueOf(arg), 0); err != nil {
			return nil, fmt.Errorf("xmlrpc: parameter %d of %s: %w", i+1, method, err)
		}
		b = append(b, "</param>"...)
	}
	return append(b, "</params></methodCall>\n"...), nil
}

// read returns what the response says.
func (p *Proxy) read(res *fetch.Response) *deferred.Deferred[any] {
	dec := &decoder{response: true, depth: p.config.MaxDepth, values: p.config.MaxValues, location: p.config.Location}
	d := deferred.NewCancellable(p.c.Loop(), func(d *deferred.Deferred[any]) {
		d.Errback(failure(res, deferred.ErrCancelled))
		res.StopBody()
	})
	res.SetMaxBody(p.config.MaxBody)
	stopped := false
	res.StreamBody(func(b []byte) {
		if dec.Feed(b); dec.err != nil && !stopped {
			stopped = true
			res.StopBody()
		}
	}, func(err error) {
		switch {
		case d.Called():
		case err != nil && dec.err == nil:
			d.Errback(err)
		case dec.Close() != nil:
			d.Errback(failure(res, fmt.Errorf("%w: %w", ErrMalformed, dec.err)))
		case dec.faulted:
			d.Errback(fault(dec.params[0]))
		default:
			d.Callback(dec.params[0])
		}
	})
	return d
}

// failure returns the error of a call that was answered.
func failure(res *fetch.Response, err error) *client.Error {
	u := res.Request.URL
	return &client.Error{Phase: client.PhaseResponse, Method: http.MethodPost, URL: (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), Err: err, Response: res.Response}
}

// fault returns the error that the value of a fault stands for.
func fault(v any) error {
	members, _ := v.(map[string]any)
	code, ok := members["faultCode"].(int64)
	message, isText := members["faultString"].(string)
	if !ok || !isText {
		return fmt.Errorf("%w: a fault without faultCode and faultString", ErrMalformed)
	}
	return &rpc.Fault{Code: int(code), Message: message}
}

// Call calls a procedure whose result is a T, as a parameter of that type would be read: a struct, a slice of them, a number. A result that is none fails.
//
//	d := xmlrpc.Call[[]string](proxy, "system.listMethods")
func Call[T any](p *Proxy, method string, args ...any) *deferred.Deferred[T] {
	return deferred.Then(p.Call(method, args...), func(v any) (T, error) { return As[T](v) })
}

// As returns a result, or one of Multicall, as a T.
func As[T any](v any) (T, error) {
	var t T
	if err := assign(reflect.ValueOf(&t).Elem(), v); err != nil {
		return t, fmt.Errorf("xmlrpc: the result: %w", err)
	}
	return t, nil
}
