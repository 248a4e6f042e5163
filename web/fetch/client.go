// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
)

// A Config says what a [Client] is made of. Its zero value means the defaults that the fields name.
//
// A request goes through, in this order: redirects, cookies, decoding of bodies, retries, the Agent with its proxy and its pools.
type Config struct {
	// Agent is the configuration of the Agent. If its Proxy is nil, proxies are those of the environment; see NoEnvironment.
	Agent client.Config
	// NoEnvironment takes no proxy from HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.
	NoEnvironment bool
	// Retry is that of the RetryAgent; Attempts below 0 turns retries off.
	Retry client.RetryConfig
	// Decoder is that of the DecoderAgent; no Codings, but not nil, turn decoding off.
	Decoder client.DecoderConfig
	// Jar keeps cookies, of package cookiejar or any other, as that of net/http/cookiejar; nil means that they are not kept.
	Jar http.CookieJar
	// Redirect is that of the RedirectAgent; nil means BrowserLike.
	Redirect *client.RedirectConfig

	// Base is what the URLs of requests are relative to; "" means that they are absolute.
	Base string
	// Header is sent with each request, to whatever origin; for what only one may know there is Options.
	Header web.Header
	// MaxBody bounds a body that is collected, in bytes; 0 means 16 MiB, below 0 there is no limit.
	MaxBody int64

	base *url.URL
}

// A Client sends requests, over all that one usually wants around a client.Agent. It belongs to one loop; see On. Twisted: treq.client.HTTPClient.
type Client struct {
	all         *shared
	cfg         *Config
	full, plain client.Doer // with and without redirects
	loop        protocol.Loop
}

// shared is what the Clients of all loops share.
type shared struct {
	cfg   Config
	agent *client.Agent // nil if a Doer was given
	mu    sync.Mutex
	of    map[protocol.Loop]*Client // guarded by mu
}

// New returns a Client on that loop, with a copy of cfg. An error is about cfg.
func New(loop protocol.Loop, cfg Config) (*Client, error) {
	if cfg.Agent.Proxy == nil && !cfg.NoEnvironment {
		cfg.Agent.Proxy = client.ProxyFromEnvironment()
	}
	agent, err := client.New(loop, cfg.Agent)
	if err != nil {
		return nil, err
	}
	c, err := newClient(agent, cfg)
	if err == nil {
		c.all.agent = agent
	}
	return c, err
}

// Over returns a Client that sends by d instead of an Agent of its own: a stub of package webtest, or something that signs requests. cfg's Agent and NoEnvironment have no meaning. An error is about cfg.
func Over(d client.Doer, cfg Config) (*Client, error) { return newClient(d, cfg) }

func newClient(d client.Doer, cfg Config) (*Client, error) {
	if cfg.Base != "" {
		u, err := url.Parse(cfg.Base)
		if err != nil || u.Host == "" || u.User != nil {
			return nil, fmt.Errorf("fetch: Config.Base is no absolute URL, or has a user")
		}
		cfg.base = u
	}
	cfg.Header = cfg.Header.Clone()
	if err := cfg.Header.Err(); err != nil {
		return nil, fmt.Errorf("fetch: Config.Header: %w", err)
	}
	if cfg.Redirect == nil {
		cfg.Redirect = &client.RedirectConfig{BrowserLike: true}
	}
	cfg.MaxBody = cmp.Or(cfg.MaxBody, client.DefaultMaxBody)
	s := &shared{cfg: cfg, of: make(map[protocol.Loop]*Client)}
	c := s.around(d)
	s.of[c.loop] = c
	return c, nil
}

// around puts everything around d.
func (s *shared) around(d client.Doer) *Client {
	c := &Client{all: s, cfg: &s.cfg, loop: d.Loop()}
	d = client.NewRetryAgent(d, s.cfg.Retry)
	d = client.NewDecoderAgent(d, s.cfg.Decoder)
	if s.cfg.Jar != nil {
		d = client.NewCookieAgent(d, s.cfg.Jar)
	}
	c.plain = d
	c.full = client.NewRedirectAgent(d, *s.cfg.Redirect)
	return c
}

// On returns the Client of another loop, with connections of its own and the same configuration and cookies: always the same one for a loop, as long as that runs. One that was made by Over has no other. Safe from any goroutine.
func (c *Client) On(loop protocol.Loop) *Client {
	s := c.all
	s.mu.Lock()
	defer s.mu.Unlock()
	on := s.of[loop]
	if on == nil {
		if s.agent == nil {
			panic("fetch: On: a Client that was made by Over has one loop")
		}
		maps.DeleteFunc(s.of, func(loop protocol.Loop, _ *Client) bool {
			select {
			case <-loop.Done(): // nothing happens on it any more
				return true
			default:
				return false
			}
		})
		on = s.around(s.agent.On(loop))
		s.of[loop] = on
	}
	return on
}

// Loop returns the loop of the Client. Safe from any goroutine.
func (c *Client) Loop() protocol.Loop { return c.loop }

// Do sends r as it stands, through all that is around the Agent: so a Client is a client.Doer. Config.Base and Config.Header have no meaning here. Loop only.
func (c *Client) Do(r *client.Request) *deferred.Deferred[*client.Response] { return c.full.Do(r) }

// Close ends the connections of all loops, and fires when they are gone. A Client that was made by Over leaves them alone. Loop only.
func (c *Client) Close() *deferred.Deferred[struct{}] {
	if c.all.agent == nil {
		return deferred.SucceedOn(c.loop, struct{}{})
	}
	return c.all.agent.Close()
}

// Request sends a request. The Deferred fires when the head of the response is there; it fails with a *client.Error, of a *StatusError for a status that Options.Expect has not listed. Cancelling it ends
// the request. Loop only. Twisted: treq.request.
func (c *Client) Request(method, url string, o *Options) *deferred.Deferred[*Response] {
	return c.request(method, url, o, nil)
}

// Get is Request of GET. Loop only.
func (c *Client) Get(url string, o *Options) *deferred.Deferred[*Response] {
	return c.Request(http.MethodGet, url, o)
}

// Head is Request of HEAD. Loop only.
func (c *Client) Head(url string, o *Options) *deferred.Deferred[*Response] {
	return c.Request(http.MethodHead, url, o)
}

// Post is Request of POST. Loop only.
func (c *Client) Post(url string, o *Options) *deferred.Deferred[*Response] {
	return c.Request(http.MethodPost, url, o)
}

// Put is Request of PUT. Loop only.
func (c *Client) Put(url string, o *Options) *deferred.Deferred[*Response] {
	return c.Request(http.MethodPut, url, o)
}

// Patch is Request of PATCH. Loop only.
func (c *Client) Patch(url string, o *Options) *deferred.Deferred[*Response] {
	return c.Request(http.MethodPatch, url, o)
}

// Delete is Request of DELETE. Loop only.
func (c *Client) Delete(url string, o *Options) *deferred.Deferred[*Response] {
	return c.Request(http.MethodDelete, url, o)
}

// request sends what o says, with what change makes of it.
func (c *Client) request(method, url string, o *Options, change func(r *client.Request)) *deferred.Deferred[*Response] {
	if o == nil {
		o = &Options{}
	}
	r, err := o.request(c.cfg, method, url)
	if err != nil {
		discard(append(o.Parts[:len(o.Parts):len(o.Parts)], Part{Body: o.Body}))
		return deferred.FailOn[*Response](c.loop, failure(&client.Request{Method: method}, nil, client.PhaseRequest, err))
	}
	if change != nil {
		change(r)
	}
	by := c.full
	if o.NoRedirect {
		by = c.plain
	}
	d := by.Do(r)
	if o.Context != nil {
		d.AddContext(o.Context)
		d.AddErrback(func(err error) (*client.Response, error) {
			if _, ok := errors.AsType[*client.Error](err); !ok {
				err = failure(r, nil, client.PhaseWait, err)
			}
			return nil, err
		})
	}
	return deferred.ThenD(d, func(inner *client.Response) *deferred.Deferred[*Response] {
		res := &Response{Response: inner, max: cmp.Or(o.MaxBody, c.cfg.MaxBody), expected: o.Expect != nil}
		if res.expected {
			return res.Expect(o.Expect...)
		}
		return deferred.SucceedOn(c.loop, res)
	})
}

var _ client.Doer = (*Client)(nil)
