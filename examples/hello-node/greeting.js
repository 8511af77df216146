export const greeting = "Hello from Node";
