# docker build -t kasf-demo .                            PyTorch for CPUs, YOLO and MediaPipe
# docker build -t kasf-demo --build-arg TORCH=none .     the small one: MediaPipe and OpenVINO
# docs/install.md describes how to run it, and what of this file is checked.
ARG PYTHON=3.12-slim-bookworm

FROM python:${PYTHON} AS build
ARG TORCH=cpu
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
WORKDIR /src
RUN pip install --no-cache-dir "uv>=0.9,<1"
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY requirements requirements
COPY weights weights
COPY demo_videos demo_videos
COPY models models
COPY app app
RUN case "$TORCH" in \
      cpu) set -- --torch-backend cpu ;; \
      none) set -- --overrides requirements/without-torch.txt ;; \
      *) echo "TORCH is cpu or none"; exit 1 ;; \
    esac \
 && uv venv --python "$(command -v python3)" /opt/kasf \
 && uv pip install --python /opt/kasf/bin/python --overrides requirements/headless.txt "$@" \
      "opencv-python-headless>=4.10,<6" ".[offline,fast,app]"

FROM python:${PYTHON}
RUN useradd --uid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin kasf \
 && install --directory --owner kasf /clips /results /cache
COPY --from=build /opt/kasf /opt/kasf
ENV PATH=/opt/kasf/bin:$PATH KASF_CACHE=/cache PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001
WORKDIR /results
VOLUME ["/clips", "/results", "/cache"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/api/health', timeout=4)"]
ENTRYPOINT ["kasf-demo"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000", "--dir", "/results"]
