// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi_test

import (
	"context"
	"fmt"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/wsgi"
)

// A Flask application with a site in front, as one application of services.
func ExampleNew() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	shop, err := wsgi.New(r, wsgi.Config{Application: "shop:create_app()", Workers: 4, Timeouts: wsgi.Timeouts{Request: 30 * time.Second}})
	if err != nil {
		fmt.Println(err)
		return
	}
	site, err := service.Listen(r, "tcp:8080", web.NewSite(shop, web.Config{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	app := service.NewMulti(r, service.MultiConfig{})
	app.Add("shop", shop)
	app.Add("site", site)
	if err := r.Run(context.Background()); err != nil { // services are started by the runner of package app, or by app.Start
		fmt.Println(err)
	}
}
