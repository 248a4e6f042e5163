// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#include "shim.h"

#include <gtk/gtk.h>

extern void torsionGtkRun(void); // exported by gtk.go

// A wake-up goes behind GTK's painting, so that a flood of events from the network does not hold that up, but no longer than MOST_WAIT: where painting takes all of
// the time, the wake-up goes before it.
#define BEHIND_PAINTING (GDK_PRIORITY_REDRAW + 10)
#define MOST_WAIT 10 // milliseconds

static GThread *main_thread;

__attribute__((constructor)) static void begin(void) { main_thread = g_thread_self(); }

static GMutex mutex;
static guint behind, before; // guarded by mutex: the sources of the wake-up that is under way

int torsion_gtk_main_thread(void) { return g_thread_self() == main_thread; }

int torsion_gtk_start(void) { return gtk_init_check(NULL, NULL); }

static void hide(void) {
	GList *windows = gtk_window_list_toplevels();
	g_list_foreach(windows, (GFunc)g_object_ref, NULL);
	for (GList *w = windows; w != NULL; w = w->next) gtk_widget_hide(GTK_WIDGET(w->data));
	g_list_free_full(windows, g_object_unref);
}

void torsion_gtk_run(void) {
	gtk_main();
	hide();
	gdk_display_flush(gdk_display_get_default());
}

static gboolean quit_again(gpointer data) {
	gtk_main_quit();
	return gtk_main_level() > 1;
}

void torsion_gtk_quit(void) {
	if (gtk_main_level() == 0) return; // it has ended first
	hide();                            // which ends dialogs that run
	gtk_main_quit();
	if (gtk_main_level() > 1) g_idle_add_full(G_PRIORITY_DEFAULT, quit_again, NULL, NULL);
}

static gboolean run(gpointer other) {
	g_mutex_lock(&mutex);
	g_source_remove(other == &behind ? behind : before);
	behind = before = 0;
	g_mutex_unlock(&mutex);
	torsionGtkRun();
	return G_SOURCE_REMOVE;
}

void torsion_gtk_wake(void) {
	g_mutex_lock(&mutex);
	if (behind == 0) {
		before = g_timeout_add_full(G_PRIORITY_DEFAULT, MOST_WAIT, run, &behind, NULL);
		behind = g_idle_add_full(BEHIND_PAINTING, run, &before, NULL);
	}
	g_mutex_unlock(&mutex);
}
