# mockbw as a container: not root, writes only to /data. See docs/container.md.
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY mockbw ./mockbw
COPY scenarios ./scenarios
RUN python -m venv --without-pip /opt/mockbw \
 && pip --python /opt/mockbw/bin/python install --no-cache-dir --disable-pip-version-check '.[tls]' \
 # not needed by a server: the libraries' own tests and type stubs
 && find /opt/mockbw -depth \( -type d -name tests -o -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' \) -exec rm -rf {} + \
 && mkdir /data /scenarios

FROM python:3.12-slim
LABEL org.opencontainers.image.title="mockbw" \
      org.opencontainers.image.description="A local double of Bandwidth's V2 messaging platform, with a clock you own" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/mockbw /opt/mockbw
COPY --from=build --chown=10001:10001 /data /data
COPY --from=build /scenarios /scenarios
ENV PATH=/opt/mockbw/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MOCKBW_HOST=0.0.0.0 \
    MOCKBW_SCENARIOS=/scenarios
USER 10001:10001
WORKDIR /config
EXPOSE 8080 8443
VOLUME ["/data"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=3 CMD ["mockbw", "readyz"]
ENTRYPOINT ["mockbw"]
CMD ["serve"]
