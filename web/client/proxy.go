// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"net/url"

	"github.com/torsion-go/torsion/core/endpoint"
)

// proxied returns what the connections of c are kept for when o is reached by that proxy, and whether its request names the whole URL. It may add to c.x.Fields.
func (a *Agent) proxied(c *call, proxy *url.URL, o origin) (via origin, absolute bool, err error) {
	return o, false, errors.New("proxies are not supported")
}

// proxyClient returns what connects to o by o.proxy, below the TLS of o.
func (a *Agent) proxyClient(o origin) (endpoint.Client, error) {
	return nil, errors.New("proxies are not supported")
}
