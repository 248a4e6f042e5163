// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#include "window.h"

#include <gtk/gtk.h>
#include <math.h>

// Exported by main.go.
extern void tickerPainted(void);
extern void tickerFrame(void);
extern void tickerClosed(void);

static GtkWidget *list, *status;

static gboolean list_painted(GtkWidget *w, cairo_t *c, gpointer data) {
	tickerPainted();
	return FALSE;
}

// A spinner is a ring of dots that turns once in two seconds.
static gboolean paint_spinner(GtkWidget *w, cairo_t *c, gpointer data) {
	double turn = g_get_monotonic_time() / 2e6;
	cairo_translate(c, gtk_widget_get_allocated_width(w) / 2.0, gtk_widget_get_allocated_height(w) / 2.0);
	cairo_rotate(c, 2 * G_PI * (turn - floor(turn)));
	for (int i = 0; i < 12; i++) {
		cairo_set_source_rgba(c, 0.15, 0.43, 0.78, (30 + i * 20) / 255.0);
		cairo_arc(c, 68, 0, 4 + i * 0.7, 0, 2 * G_PI);
		cairo_fill(c);
		cairo_rotate(c, G_PI / 6);
	}
	tickerFrame();
	return TRUE;
}

// turn_spinner is called by GTK's timer for animations, once a frame.
static gboolean turn_spinner(GtkWidget *w, GdkFrameClock *clock, gpointer data) {
	gtk_widget_queue_draw(w);
	return G_SOURCE_CONTINUE;
}

static void closed(GtkWidget *w, gpointer data) {
	tickerClosed();
	gtk_main_quit();
}

static GtkWidget *left(GtkWidget *label) {
	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_label_set_yalign(GTK_LABEL(label), 0);
	gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
	return label;
}

static void style(GtkWidget *w, const char *name, const char *css) {
	GtkCssProvider *provider = gtk_css_provider_new();
	gtk_css_provider_load_from_data(provider, css, -1, NULL);
	gtk_widget_set_name(w, name);
	gtk_style_context_add_provider(gtk_widget_get_style_context(w), GTK_STYLE_PROVIDER(provider), GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
	g_object_unref(provider);
}

void window_open(const char *title, int columns, int rows) {
	GtkWidget *window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
	gtk_window_set_title(GTK_WINDOW(window), title);
	gtk_container_set_border_width(GTK_CONTAINER(window), 20);
	g_signal_connect(window, "destroy", G_CALLBACK(closed), NULL);

	GtkWidget *heading = left(gtk_label_new("Live lines"));
	style(heading, "heading", "#heading { font-size: 150%; font-weight: bold; }");

	list = left(gtk_label_new(""));
	style(list, "list", "#list { font-family: monospace; background: white; color: black; padding: 10px; border: 1px solid #ccc; }");
	PangoLayout *cell = gtk_widget_create_pango_layout(list, "0");
	int width, height;
	pango_layout_get_pixel_size(cell, &width, &height);
	g_object_unref(cell);
	gtk_widget_set_size_request(list, width * (columns + 1) + 24, height * rows + 24);
	gtk_widget_set_hexpand(list, TRUE);
	gtk_widget_set_vexpand(list, TRUE);
	g_signal_connect_after(list, "draw", G_CALLBACK(list_painted), NULL);

	GtkWidget *spinner = gtk_drawing_area_new();
	gtk_widget_set_size_request(spinner, 180, 180);
	gtk_widget_set_valign(spinner, GTK_ALIGN_CENTER);
	g_signal_connect(spinner, "draw", G_CALLBACK(paint_spinner), NULL);
	gtk_widget_add_tick_callback(spinner, turn_spinner, NULL, NULL);

	status = left(gtk_label_new(""));

	GtkWidget *grid = gtk_grid_new();
	gtk_grid_set_row_spacing(GTK_GRID(grid), 14);
	gtk_grid_set_column_spacing(GTK_GRID(grid), 14);
	gtk_grid_attach(GTK_GRID(grid), heading, 0, 0, 2, 1);
	gtk_grid_attach(GTK_GRID(grid), list, 0, 1, 1, 1);
	gtk_grid_attach(GTK_GRID(grid), spinner, 1, 1, 1, 1);
	gtk_grid_attach(GTK_GRID(grid), status, 0, 2, 2, 1);
	gtk_container_add(GTK_CONTAINER(window), grid);
	gtk_widget_show_all(window);
}

void window_set_lines(const char *text) {
	gtk_label_set_text(GTK_LABEL(list), text);
	gtk_widget_queue_draw(list); // also where the text is the same
}

void window_set_status(const char *text) { gtk_label_set_text(GTK_LABEL(status), text); }
