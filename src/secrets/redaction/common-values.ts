/**
 * Values that stand in every second program, log or document: hiding them everywhere would make these unreadable, and
 * everybody would try them first. Lower case; shorter ones are refused by their length.
 */
export const commonValues: ReadonlySet<string> = new Set(
  `
  abcdefgh abcd1234 abc12345 administrator anonymous application baseball changeit changeme changethis
  computer configuration credential credentials database debugging default1 development disabled document docker.io
  elasticsearch encrypted environment example.com football frontend function godaddy1 graphql guestguest homepage
  iloveyou internal internet jennifer kubernetes localhost localhost:3000 localhost:5432 localhost:8080 liverpool
  mariadb1 maverick memcached michelle midnight minioadmin minio123 mongodb1 mountain mysecret mysecretpassword
  mypassword nopassword notsecret null undefined opensesame p@ssw0rd p@ssword pa55word pass1234 passphrase passw0rd password
  password1 password12 password123 password1234 placeholder postgres postgres1 postgresql princess production
  qwerty12 qwerty123 qwertyui qwertyuiop rabbitmq redacted registry repository required sample123 samantha
  secret12 secret123 secret1234 secretkey secretpassword secrets1 security server01 sessionid staging1
  starwars sunshine superman supersecret superuser temporary test1234 testing1 testpassword testtest testuser trustno1
  undefined username username1 verysecret welcome1 welcome123 whatever yourpassword your-password your_password
  your-secret-key your_secret_key yoursecret insecure private-key access-key secret-key api-key-here replace-me replaceme
  true-false 127.0.0.1 0.0.0.0:80 example.org example.net http://localhost https://localhost http://localhost:3000
  http://localhost:8080 https://example.com http://example.com
  `
    .split(/\s+/)
    .filter((word) => word !== ""),
);
