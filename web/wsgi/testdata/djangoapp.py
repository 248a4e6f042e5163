import sys

from django.conf import settings

settings.configure(DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="for the test only", MIDDLEWARE=[],
                   FILE_UPLOAD_MAX_MEMORY_SIZE=1000, LOGGING_CONFIG=None)

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse, StreamingHttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


def index(request):
    return HttpResponse("hello from %s, %s" % (request.path, request.GET.get("q")))


def upload(request):
    f = request.FILES["file"]
    return HttpResponse("%s %d bytes in %s" % (f.name, sum(len(c) for c in f.chunks()), type(f).__name__))


def stream(request):
    return StreamingHttpResponse(b"%d\n" % i for i in range(1000))


urlpatterns = [path("", index), path("caf\u00e9/", index), path("upload", upload), path("stream", stream)]
application = get_wsgi_application()
