# The service in a container: docker build -t bnsl . && docker run -p 8080:8080 -v bnsl:/data bnsl

FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libsqlite3-dev
WORKDIR /bnsl
COPY . .
RUN swift build -c release --static-swift-stdlib --product bnsl && strip .build/release/bnsl

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends libsqlite3-0 libstdc++6 \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o 65532 -g 65532 /data
COPY --from=build /bnsl/.build/release/bnsl /usr/local/bin/bnsl

# Without a name, so that no entry of /etc/passwd is needed.
USER 65532:65532
VOLUME /data
ENV BNSL_HOST=0.0.0.0 BNSL_DATA_DIR=/data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s CMD ["bnsl", "healthcheck"]
ENTRYPOINT ["bnsl"]
CMD ["serve"]
