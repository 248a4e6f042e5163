// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonrpc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/rpc"
)

// ErrMalformed is why a call fails whose response is no JSON-RPC, or another call's, or beyond a limit.
var ErrMalformed = errors.New("jsonrpc: the response cannot be understood")

// A ClientConfig holds the options of a [Client]. Its zero value means the defaults that the fields name.
type ClientConfig struct {
	// User is sent by Basic authentication, Bearer as a token; without both it is the user information of the URL, if it has any.
	User   *url.Userinfo
	Bearer string
	// Header is sent with each call.
	Header web.Header
	// Timeouts are those of each call; what is 0 is as the Agent says.
	Timeouts client.Timeouts

	MaxBody   int64 // bytes of a response; 0 means 16 MiB
	MaxDepth  int   // of arrays and objects within others; 0 means 100
	MaxValues int   // of a response, those within others and names of members too; 0 means 1000000
}

// A Client calls the procedures of a server. The calls go out at the same time, over the pooled connections of an Agent. Loop only.
type Client struct {
	c      *fetch.Client
	url    string
	config ClientConfig
	last   int64 // id
}

// NewClient returns a Client of the server at rawURL, of the scheme http or https, that sends by d. An error is about rawURL.
func NewClient(d client.Doer, rawURL string, config ClientConfig) (*Client, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("jsonrpc: the URL of a server is absolute, of the scheme http or https")
	}
	c, err := fetch.Over(d, fetch.Config{Retry: client.RetryConfig{Attempts: -1}})
	if err != nil {
		return nil, err
	}
	config.Header = config.Header.Clone()
	config.MaxBody = cmp.Or(max(config.MaxBody, 0), 16<<20)
	config.MaxDepth = cmp.Or(max(config.MaxDepth, 0), 100)
	config.MaxValues = cmp.Or(max(config.MaxValues, 0), 1000000)
	return &Client{c: c, url: rawURL, config: config}, nil
}

// Call calls a procedure. params is what encoding/json makes an array or an object of, or nil for none. The Deferred has the result; or a *rpc.Fault that the server has answered with, whose Data is a json.RawMessage or nil; or a
// *client.Error: of a *fetch.StatusError for a status that tells of failure without an error object, of [ErrMalformed] for a response that is none. Cancelling it ends the call.
func (c *Client) Call(method string, params any) *deferred.Deferred[json.RawMessage] {
	return deferred.Then(c.Batch(BatchCall{Method: method, Params: params}), func(results deferred.Results[json.RawMessage]) (json.RawMessage, error) {
		return results[0].Value, results[0].Err
	})
}

// Notify calls a procedure of whose result nothing will be known. The Deferred fires when the server has taken the call.
func (c *Client) Notify(method string, params any) *deferred.Deferred[struct{}] {
	return deferred.Then(c.Batch(BatchCall{Method: method, Params: params, Notify: true}), func(deferred.Results[json.RawMessage]) (struct{}, error) { return struct{}{}, nil })
}

// Call calls a procedure whose result is a T, as encoding/json reads it.
//
//	d := jsonrpc.Call[int](c, "add", []int{1, 2})
func Call[T any](c *Client, method string, params any) *deferred.Deferred[T] {
	return deferred.Then(c.Call(method, params), func(result json.RawMessage) (v T, err error) {
		if err = json.Unmarshal(result, &v); err != nil {
			err = fmt.Errorf("jsonrpc: the result: %w", err)
		}
		return v, err
	})
}

// A BatchCall is one of the calls of Batch.
type BatchCall struct {
	Method string
	Params any
	Notify bool // there will be no result
}

// Batch makes several calls in one request; a single one goes without an array around it. The results are in the order of the calls; each has its value, or its error: a *rpc.Fault, or [ErrMalformed] if the server has left it out. That of
// a notification has neither.
func (c *Client) Batch(calls ...BatchCall) *deferred.Deferred[deferred.Results[json.RawMessage]] {
	document, ids, err := c.document(calls)
	if err != nil {
		return deferred.FailOn[deferred.Results[json.RawMessage]](c.c.Loop(), err)
	}
	d := c.c.Post(c.url, &fetch.Options{
		Header: c.config.Header, Body: client.Bytes(document), Type: "application/json", Basic: c.config.User, Bearer: c.config.Bearer, Timeouts: c.config.Timeouts, NoRedirect: true,
		MaxBody: c.config.MaxBody,
	})
	return deferred.ThenD(d, func(res *fetch.Response) *deferred.Deferred[deferred.Results[json.RawMessage]] {
		kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
		if kind != "application/json" && kind != "application/json-rpc" || res.Status/100 == 3 { // errors may come with any status
			return deferred.ThenD(res.Expect(2), func(*fetch.Response) *deferred.Deferred[deferred.Results[json.RawMessage]] {
				return c.results(res, calls, ids)
			})
		}
		return c.results(res, calls, ids)
	})
}

// A request is what is sent for a call.
type request struct {
	Version string          `json:"jsonrpc"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params,omitempty"`
	ID      int64           `json:"id,omitempty"` // from 1
}

// document returns what is sent, and the ids by call; 0 is a notification.
func (c *Client) document(calls []BatchCall) (_ []byte, ids []int64, err error) {
	if len(calls) == 0 {
		return nil, nil, errors.New("jsonrpc: a batch without calls")
	}
	list := make([]request, len(calls))
	ids = make([]int64, len(calls))
	for i, call := range calls {
		r := request{Version: "2.0", Method: call.Method}
		if call.Params != nil {
			if r.Params, err = json.Marshal(call.Params); err != nil {
				return nil, nil, fmt.Errorf("jsonrpc: parameters of %s: %w", call.Method, err)
			}
			if r.Params[0] != '[' && r.Params[0] != '{' {
				return nil, nil, fmt.Errorf("jsonrpc: parameters of %s: a %T is no array and no object", call.Method, call.Params)
			}
		}
		if !call.Notify {
			c.last++
			r.ID, ids[i] = c.last, c.last
		}
		list[i] = r
	}
	var v any = list
	if len(list) == 1 {
		v = list[0]
	}
	document, err := json.Marshal(v)
	return document, ids, err
}

// results reads the response.
func (c *Client) results(res *fetch.Response, calls []BatchCall, ids []int64) *deferred.Deferred[deferred.Results[json.RawMessage]] {
	return deferred.Then(res.Bytes(), func(body []byte) (deferred.Results[json.RawMessage], error) {
		results := make(deferred.Results[json.RawMessage], len(calls))
		answers, err := c.answers(bytes.Trim(body, " \t\r\n"))
		waited := 0
		for i, id := range ids {
			if id == 0 {
				continue
			}
			waited++
			a, ok := answers[strconv.FormatInt(id, 10)]
			if !ok && len(answers) == 1 {
				a, ok = answers["null"] // the request as a whole was refused
			}
			switch {
			case !ok:
				results[i].Err = fmt.Errorf("%w: it has no answer to %s", ErrMalformed, calls[i].Method)
			default:
				results[i].Value, results[i].Err = a.Result, a.fault()
			}
		}
		switch {
		case waited == 0 && res.Status/100 == 2:
			return results, nil // whatever the server says about it
		case waited == 0 && err == nil:
			err = fmt.Errorf("status %d", res.Status)
		}
		if err != nil {
			u := res.Request.URL
			err = &client.Error{
				Phase: client.PhaseResponse, Method: http.MethodPost, URL: (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(),
				Err: fmt.Errorf("%w: %w", ErrMalformed, err), Response: res.Response,
			}
			return nil, err
		}
		return results, nil
	})
}

// An answer is a response object.
type answer struct {
	Version string          `json:"jsonrpc"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Code    int             `json:"code"`
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data"`
	} `json:"error"`
	ID json.RawMessage `json:"id"`
}

// fault returns the error that a stands for, or nil.
func (a *answer) fault() error {
	if a.Error == nil {
		return nil
	}
	f := &rpc.Fault{Code: a.Error.Code, Message: a.Error.Message}
	if a.Error.Data != nil {
		f.Data = a.Error.Data
	}
	return f
}

// answers returns what the body holds, by the text of their ids.
func (c *Client) answers(body []byte) (map[string]*answer, error) {
	if len(body) == 0 {
		return nil, errors.New("it is empty")
	}
	if !json.Valid(body) {
		return nil, errors.New("it is not JSON")
	}
	if err := within(body, c.config.MaxDepth, c.config.MaxValues); err != nil {
		return nil, err
	}
	list, _, err := calls(body)
	if err != nil {
		return nil, err
	}
	answers := make(map[string]*answer, len(list))
	for _, text := range list {
		a := new(answer)
		if err := json.Unmarshal(text, a); err != nil {
			return nil, err
		}
		id := string(a.ID)
		switch _, twice := answers[id]; {
		case a.Version != "2.0":
			return nil, errors.New("it is not of version 2.0")
		case (a.Result != nil) == (a.Error != nil):
			return nil, errors.New("it has a result and an error, or neither")
		case twice:
			return nil, fmt.Errorf("it has the id %.40s twice", id)
		}
		answers[id] = a
	}
	return answers, nil
}
