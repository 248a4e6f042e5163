// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package observe tells what a site does: access logs in the usual formats, names of requests, trace context and metrics.
//
// # Typical use
//
//	metrics := observe.NewMetrics()
//	root.PutChild("metrics", metrics)
//	site := web.NewSite(observe.Identify(observe.Trace(&root, observe.TraceConfig{})), web.Config{
//		AccessLog: web.AccessLogs(metrics, observe.JSONLog(file)),
//		Proxies:   web.Proxies{Trusted: ...},
//	})
//	metrics.AddSite("main", site)
//
// # The nouns
//
//   - [CommonLog], [ProxiedLog] and [JSONLog] are access logs, as [web.CombinedLog] is.
//   - [Identify] gives each request a name, X-Request-Id, which log lines and the response have too.
//   - [Trace] carries the trace context of W3C on: a [SpanContext]. A [Tracer] makes the spans; one for OpenTelemetry is a dozen lines around its SDK, which this package does not need.
//   - [Metrics] counts requests and measures their duration and size, and is the resource that shows it, as OpenMetrics text.
//
// # Protection
//
// What clients send cannot forge a line of a log, nor make series of metrics: labels are classes. X-Request-Id is taken from trusted proxies only, and only if it is harmless. The metrics tell whoever can get
// them how busy a site is: put the resource where only those get it who should.
//
// # Concurrency
//
// Everything is safe from any goroutine, but what takes a *web.Request, which is loop only.
//
// # Standards
//
// NCSA's common log format, W3C Trace Context (level 1), OpenMetrics 1.0.
//
// Twisted: http.combinedLogFormatter, proxiedLogFormatter.
package observe
